{#- A text without anything that is not a digit. -#}
{% macro digits_only(expression) %}
    {{- return(adapter.dispatch('digits_only', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__digits_only(expression) %}regexp_replace({{ expression }}, '[^0-9]', ''){% endmacro %}

{#- These two replace only the first match unless told otherwise. -#}
{% macro duckdb__digits_only(expression) %}regexp_replace({{ expression }}, '[^0-9]', '', 'g'){% endmacro %}

{% macro postgres__digits_only(expression) %}regexp_replace({{ expression }}, '[^0-9]', '', 'g'){% endmacro %}
