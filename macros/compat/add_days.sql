{#- A date moved by a number of days, as a date. -#}
{% macro add_days(date_expression, days) %}
    {{- return(adapter.dispatch('add_days', 'strate')(date_expression, days)) -}}
{% endmacro %}

{% macro default__add_days(date_expression, days) %}cast(dateadd(day, {{ days }}, {{ date_expression }}) as date){% endmacro %}

{% macro duckdb__add_days(date_expression, days) %}cast({{ date_expression }} + to_days(cast({{ days }} as integer)) as date){% endmacro %}

{% macro postgres__add_days(date_expression, days) %}({{ date_expression }} + cast({{ days }} as integer)){% endmacro %}

{% macro bigquery__add_days(date_expression, days) %}date_add({{ date_expression }}, interval {{ days }} day){% endmacro %}

{% macro spark__add_days(date_expression, days) %}date_add({{ date_expression }}, {{ days }}){% endmacro %}
