{#- An e-mail address or phone number, null when the var identity_blocked_values has it. -#}
{% macro unless_blocked(expression) -%}
    {%- if var('identity_blocked_values') and expression != 'null' -%}
        case when {{ expression }} in ({{ strate.text_list(var('identity_blocked_values')) }}) then null else {{ expression }} end
    {%- else -%}
        {{ expression }}
    {%- endif -%}
{%- endmacro %}
