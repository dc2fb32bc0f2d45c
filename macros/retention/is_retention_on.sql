{#- Whether any class of data has a period. Where none has, nothing of retention is compiled. -#}
{% macro is_retention_on() %}
    {%- set periods = var('retention_days') -%}
    {{- return(periods is mapping and periods.values() | reject('none') | list | length > 0) -}}
{% endmacro %}
