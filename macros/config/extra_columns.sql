{#- The user's own columns of an input that travel to the feature mart, lower-case. -#}
{% macro extra_columns(input) %}
    {{- return((var('extra_columns') or {}).get(input, []) | map('lower') | list) -}}
{% endmacro %}
