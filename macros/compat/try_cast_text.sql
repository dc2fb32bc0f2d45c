{#- A text cast to another type, null where the text is not one. -#}
{% macro try_cast_text(expression, type) %}
    {{- return(adapter.dispatch('try_cast_text', 'strate')(expression, type)) -}}
{% endmacro %}

{% macro default__try_cast_text(expression, type) %}try_cast({{ expression }} as {{ type }}){% endmacro %}

{% macro bigquery__try_cast_text(expression, type) %}safe_cast({{ expression }} as {{ type }}){% endmacro %}
