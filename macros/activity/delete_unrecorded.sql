{#-
    A pre-hook of what is counted from segment_history: takes out the rows whose date the history has no more, because its
    period is over or somebody took it back. Engines that overwrite partitions have no delete.
-#}
{% macro delete_unrecorded(date_column) -%}
    {%- set history = ref('segment_history') -%}
    {%- if is_incremental() and strate.incremental_by_date() == 'delete+insert' -%}
        delete from {{ this }}
        where
            {{ date_column }} not in (
                select recorded.as_of_date
                from {{ history }} as recorded
                {%- if strate.retention_days('history') is not none %}
                where not {{ strate.is_expired('history', 'recorded.as_of_date') }}
                {%- endif %}
            )
    {%- endif -%}
{%- endmacro %}
