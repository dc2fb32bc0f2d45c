{#- Whether any score is asked for that something can be learned of. -#}
{% macro scores_are_on() %}
    {{- return(strate.value_is_on() or var('propensity_targets') | length > 0) -}}
{% endmacro %}

{% macro value_is_on() %}
    {{- return(var('value_methods') | length > 0 and strate.is_on('erp_orders')) -}}
{% endmacro %}
