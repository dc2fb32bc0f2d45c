{#-
    A pre-hook of what is recorded once per date: takes those who may no longer be profiled out of the date that is built,
    so that an objection ends their stay now and not at the next date. Engines that overwrite partitions have no delete.
-#}
{% macro delete_unprofiled() -%}
    {%- set unprofiled = ref('int_permissions__unprofiled') -%}
    {%- set as_of_dates = ref('int_activity__as_of_dates') -%}
    {%- if is_incremental() and strate.incremental_by_date() == 'delete+insert' -%}
        delete from {{ this }}
        where
            as_of_date in (select as_of_date from {{ as_of_dates }} where is_latest)
            and customer_id in (
                select unprofiled.customer_id
                from {{ unprofiled }} as unprofiled
                inner join {{ as_of_dates }} as as_of_dates
                    on unprofiled.as_of_date = as_of_dates.as_of_date
                where as_of_dates.is_latest
            )
    {%- endif -%}
{%- endmacro %}
