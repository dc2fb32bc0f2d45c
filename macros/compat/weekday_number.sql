{#- The day of the week, 1 for Monday to 7 for Sunday, whatever the engine counts from. -#}
{% macro weekday_number(date_expression) %}
    {{- return(adapter.dispatch('weekday_number', 'strate')(date_expression)) -}}
{% endmacro %}

{% macro default__weekday_number(date_expression) %}extract(isodow from {{ date_expression }}){% endmacro %}

{% macro snowflake__weekday_number(date_expression) %}dayofweekiso({{ date_expression }}){% endmacro %}

{% macro bigquery__weekday_number(date_expression) %}(mod(extract(dayofweek from {{ date_expression }}) + 5, 7) + 1){% endmacro %}

{% macro redshift__weekday_number(date_expression) %}(mod(cast(extract(dow from {{ date_expression }}) as integer) + 6, 7) + 1){% endmacro %}

{% macro spark__weekday_number(date_expression) %}(weekday({{ date_expression }}) + 1){% endmacro %}
