{#-
    The time from which on rows may be new to an incremental model, as a SQL literal: its newest changed_at less the
    look-back. A stamp more than a year after the last thing that happened is taken for a wrong clock: it would hide all
    that comes after it.
-#}
{% macro known_until() -%}
    {%- set date_column = config.get('unique_key') -%}
    {%- set query %}
        select {{ strate.add_days('max(cast(changed_at as date))', -var('lookback_days')) }}
        from {{ this }}
        where cast(changed_at as date) <= (select {{ strate.add_days('max(' ~ date_column ~ ')', 366) }} from {{ this }})
    {%- endset -%}
    {%- set date = run_query(query).rows[0][0] -%}
    {{- return("cast('" ~ (date or var('earliest_date')) ~ "' as " ~ dbt.type_timestamp() ~ ')') -}}
{%- endmacro %}
