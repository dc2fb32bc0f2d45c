{#- The part of a text before its first colon. -#}
{% macro prefix_of(expression) %}
    {{- return(adapter.dispatch('prefix_of', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__prefix_of(expression) %}split_part({{ expression }}, ':', 1){% endmacro %}

{% macro bigquery__prefix_of(expression) %}split({{ expression }}, ':')[offset(0)]{% endmacro %}
