{#- A text cast to another type, null where the text is not one. -#}
{% macro try_cast_text(expression, type) %}
    {{- return(adapter.dispatch('try_cast_text', 'strate')(expression, type)) -}}
{% endmacro %}

{% macro default__try_cast_text(expression, type) %}try_cast({{ expression }} as {{ type }}){% endmacro %}

{#- Postgres and Redshift have no try_cast: a text that does not look like the type is null. -#}
{% macro postgres__try_cast_text(expression, type) -%}
    case
        when {{ expression }} ~
        {%- if 'timestamp' in type %} '^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])([ T]([01][0-9]|2[0-3]):[0-5][0-9].*)?$'
        {%- else %} '^[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)(e[+-]?[0-9]+)?$'
        {%- endif %}
            then cast({{ expression }} as {{ type }})
    end
{%- endmacro %}

{% macro bigquery__try_cast_text(expression, type) %}safe_cast({{ expression }} as {{ type }}){% endmacro %}
