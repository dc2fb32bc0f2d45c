{#- Whether an input is switched on, that is, whether its var names a relation. -#}
{% macro is_on(input) %}
    {{- return(var(input) is not none) -}}
{% endmacro %}
