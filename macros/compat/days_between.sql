{#- Whole days from one date to a later one, as an integer. dbt's datediff returns other types on some engines. -#}
{% macro days_between(start_date, end_date) %}
    {{- return(adapter.dispatch('days_between', 'strate')(start_date, end_date)) -}}
{% endmacro %}

{% macro default__days_between(start_date, end_date) %}datediff(day, {{ start_date }}, {{ end_date }}){% endmacro %}

{% macro duckdb__days_between(start_date, end_date) %}date_diff('day', {{ start_date }}, {{ end_date }}){% endmacro %}

{% macro postgres__days_between(start_date, end_date) %}({{ end_date }} - {{ start_date }}){% endmacro %}

{% macro bigquery__days_between(start_date, end_date) %}date_diff({{ end_date }}, {{ start_date }}, day){% endmacro %}

{% macro spark__days_between(start_date, end_date) %}datediff({{ end_date }}, {{ start_date }}){% endmacro %}
