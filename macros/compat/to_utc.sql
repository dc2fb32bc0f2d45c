{#- A date or timestamp column as a UTC timestamp without zone. `type` is the column's type in lower case. -#}
{% macro to_utc(expression, type) %}
    {{- return(adapter.dispatch('to_utc', 'strate')(expression, type)) -}}
{% endmacro %}

{% macro default__to_utc(expression, type) -%}
    cast({{ expression }} as {{ dbt.type_timestamp() }})
{%- endmacro %}

{#- Postgres casts a timestamp with time zone in the session's zone. -#}
{% macro postgres__to_utc(expression, type) -%}
    {{- strate.duckdb__to_utc(expression, type) -}}
{%- endmacro %}

{% macro duckdb__to_utc(expression, type) -%}
    {%- if 'with time zone' in type or type == 'timestamptz' -%}
        ({{ expression }} at time zone 'UTC')
    {%- else -%}
        cast({{ expression }} as timestamp)
    {%- endif -%}
{%- endmacro %}
