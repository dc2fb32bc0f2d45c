{#- A number of six decimals: what lies below depends on the order in which an engine adds up. -#}
{% macro round_to_six(expression) %}
    {{- return(adapter.dispatch('round_to_six', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__round_to_six(expression) %}round({{ expression }}, 6){% endmacro %}

{% macro postgres__round_to_six(expression) %}round(cast({{ expression }} as numeric), 6){% endmacro %}
