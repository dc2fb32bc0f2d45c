{#- After how many days rows of a class go, as the var `retention_days` says; none where they stay. -#}
{% macro retention_days(class) %}
    {%- set periods = var('retention_days') -%}
    {{- return(periods.get(class) if periods is mapping else none) -}}
{% endmacro %}
