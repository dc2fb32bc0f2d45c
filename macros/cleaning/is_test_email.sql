{#- Whether a normalised e-mail address belongs to one of the domains of the var test_email_domains. -#}
{% macro is_test_email(expression) -%}
    (
    {%- for domain in var('test_email_domains') or [] -%}
        coalesce({{ expression }} like '%@{{ domain | lower }}', false)
        {%- if not loop.last %} or {% endif -%}
    {%- else -%}
        false
    {%- endfor -%}
    )
{%- endmacro %}
