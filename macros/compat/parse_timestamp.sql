{#-
    A text as a UTC timestamp without zone; null where it is none.
    Every engine reads ISO 8601. DuckDB also converts offsets and reads 31/12/2025 [23:59[:59]], 31.12.2025 and 20251231.
-#}
{% macro parse_timestamp(expression) %}
    {{- return(adapter.dispatch('parse_timestamp', 'strate')(expression)) -}}
{% endmacro %}

{% macro default__parse_timestamp(expression) %}
    {{- strate.try_cast_text(expression, dbt.type_timestamp()) -}}
{% endmacro %}

{% macro duckdb__parse_timestamp(expression) -%}
    {#- A cast to timestamp drops an offset silently, and a cast to timestamptz reads a text without one in the
        session's zone, so each kind takes its own path. -#}
    {%- set without_blank = "regexp_replace(" ~ expression ~ ", ' +([+-][0-9:]+)$', '\\1')" -%}
    coalesce(
        case
            when regexp_matches({{ expression }}, ':[0-9.]+ *[+-][0-9]{2}(:?[0-9]{2})?$')
                then try_cast({{ without_blank }} as timestamptz) at time zone 'UTC'
            else try_cast({{ expression }} as timestamp)
        end,
        try_strptime({{ expression }}, [
            {%- for date_format in ['%d/%m/%Y', '%d.%m.%Y', '%d-%m-%Y', '%Y%m%d'] -%}
                {%- for time_format in ['', ' %H:%M', ' %H:%M:%S', 'T%H%M%SZ'] -%}
                    '{{ date_format ~ time_format }}'{{ ', ' if not (loop.last and date_format == '%Y%m%d') }}
                {%- endfor -%}
            {%- endfor -%}
        ])
    )
{%- endmacro %}
