{#- A number as text, rounded to a whole one, its thousands set apart: 1,234. An engine without a format has 1234. -#}
{% macro grouped_number(expression) %}
    {{- return(adapter.dispatch('grouped_number', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__grouped_number(expression) -%}
    cast(cast(round({{ expression }}) as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
{%- endmacro %}

{% macro duckdb__grouped_number(expression) -%}
    format('{:,}', cast(round({{ expression }}) as bigint))
{%- endmacro %}

{% macro spark__grouped_number(expression) %}format_number({{ expression }}, 0){% endmacro %}

{% macro postgres__grouped_number(expression) %}trim(to_char(round({{ expression }}), '999,999,999,999,999,990')){% endmacro %}

{% macro snowflake__grouped_number(expression) %}trim(to_char(round({{ expression }}), '999,999,999,999,999,990')){% endmacro %}
