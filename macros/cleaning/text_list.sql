{#- A list of texts as SQL literals, for use in `in (...)`; a list without a member matches nothing. -#}
{% macro text_list(values) -%}
    {%- for value in values or [none] -%}
        {{ 'null' if value is none else dbt.string_literal(dbt.escape_single_quotes(value | string)) }}
        {%- if not loop.last %}, {% endif -%}
    {%- endfor -%}
{%- endmacro %}
