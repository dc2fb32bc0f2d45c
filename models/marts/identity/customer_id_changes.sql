{{ config(materialized='view') }}

with

entries as (
    select
        *,
        row_number() over (partition by account_key order by as_of_date desc, entry_number desc) as entry_from_last
    from {{ ref('int_identity__id_history') }}
    where kind <> 'issued'
),

moves as (
    select
        moved.*,
        last_entries.customer_id as last_customer_id
    from entries as moved
    inner join entries as last_entries
        on moved.account_key = last_entries.account_key
    where
        moved.kind in ('merged', 'split', 'moved')
        and last_entries.entry_from_last = 1
)

select
    cast(as_of_date as date) as as_of_date,
    cast(from_customer_id as {{ dbt.type_string() }}) as from_customer_id,
    cast(customer_id as {{ dbt.type_string() }}) as to_customer_id,
    cast(kind as {{ dbt.type_string() }}) as kind,
    cast(reason as {{ dbt.type_string() }}) as reason,
    cast(count(*) as {{ dbt.type_bigint() }}) as account_count,
    cast(
        case when min(last_customer_id) = max(last_customer_id) then min(last_customer_id) end
        as {{ dbt.type_string() }}
    ) as current_customer_id,
    cast(entry_number as {{ dbt.type_bigint() }}) as entry_number
from moves
group by as_of_date, from_customer_id, customer_id, kind, reason, entry_number
