{#- A date from the result of a query as SQL; a null date, which no row reaches, where there is none. -#}
{% macro date_literal(date) -%}
    {{- return("cast('" ~ date ~ "' as date)" if date is not none else 'cast(null as date)') -}}
{%- endmacro %}
