with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

pairs as (
    select * from {{ ref('account_matches') }}
),

records as (
    select
        account_key,
        known_at
    from {{ ref('int_identity__match_records') }}
)

select
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast(pairs.account_key_a as {{ dbt.type_string() }}) as account_key_a,
    cast(pairs.account_key_b as {{ dbt.type_string() }}) as account_key_b,
    cast(pairs.status as {{ dbt.type_string() }}) as status,
    pairs.status in ('review', 'rejected') as needs_review,
    cast(pairs.match_weight as {{ type_double() }}) as match_weight,
    cast(pairs.match_probability as {{ type_double() }}) as match_probability,
    cast(pairs.reason as {{ dbt.type_string() }}) as reason,
    cast(pairs.group_key as {{ dbt.type_string() }}) as group_key,
    cast(
        case when a.known_at > b.known_at then a.known_at else b.known_at end as {{ dbt.type_timestamp() }}
    ) as known_at,
    cast(pairs.outcome as {{ dbt.type_string() }}) as outcome
from pairs
cross join as_of_dates
left join records as a
    on pairs.account_key_a = a.account_key
left join records as b
    on pairs.account_key_b = b.account_key
