{#- The exact median of a group, nulls left out. -#}
{% macro median(expression) %}
    {{- return(adapter.dispatch('median', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__median(expression) %}percentile_cont(0.5) within group (order by {{ expression }}){% endmacro %}

{% macro duckdb__median(expression) %}median({{ expression }}){% endmacro %}

{#- BigQuery has no exact quantile that is an aggregate; its approximate one is within 1 % of the rank. -#}
{% macro bigquery__median(expression) %}approx_quantiles({{ expression }}, 2)[offset(1)]{% endmacro %}

{% macro spark__median(expression) %}percentile({{ expression }}, 0.5){% endmacro %}
