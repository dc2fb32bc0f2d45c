{#- The time from which on rows may be new to an incremental model: its newest changed_at less the look-back. -#}
{% macro known_until() -%}
    (
        select
            coalesce(
                cast({{ strate.add_days('cast(max(changed_at) as date)', -var('lookback_days')) }} as {{ dbt.type_timestamp() }}),
                cast('{{ var("earliest_date") }}' as {{ dbt.type_timestamp() }})
            )
        from {{ this }}
    )
{%- endmacro %}
