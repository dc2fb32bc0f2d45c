with

as_of_dates as (
    select
        as_of_date,
        is_latest,
        lag(as_of_end) over (order by as_of_date) as previous_end
    from {{ ref('int_activity__as_of_dates') }}
),

pairs as (
    select
        matches.*,
        latest.as_of_date,
        coalesce(cast(matches.known_from as date), latest.as_of_date) as known_from_date
    from {{ ref('account_matches') }} as matches
    cross join as_of_dates as latest
    where latest.is_latest
),

records as (
    select
        as_of_date,
        account_key,
        known_at
    from {{ ref('int_identity__match_records') }}
),

-- When the later of the versions that were compared was known.
{%- for side in ['a', 'b'] %}
known_{{ side }} as (
    select
        pairs.account_key_a,
        pairs.account_key_b,
        max(records.known_at) as known_at
    from pairs
    inner join records
        on
            pairs.account_key_{{ side }} = records.account_key
            and records.as_of_date <= pairs.known_from_date
    group by pairs.account_key_a, pairs.account_key_b
),
{%- endfor %}

-- What a later date joined was not known by the date before, whenever its versions were.
known_pairs as (
    select
        pairs.*,
        case
            when as_of_dates.previous_end > known_a.known_at and as_of_dates.previous_end > known_b.known_at
                then as_of_dates.previous_end
            when known_a.known_at > known_b.known_at then known_a.known_at
            else known_b.known_at
        end as known_at
    from pairs
    left join as_of_dates
        on cast(pairs.known_from as date) = as_of_dates.as_of_date
    left join known_a
        on
            pairs.account_key_a = known_a.account_key_a
            and pairs.account_key_b = known_a.account_key_b
    left join known_b
        on
            pairs.account_key_a = known_b.account_key_a
            and pairs.account_key_b = known_b.account_key_b
)

select
    cast(as_of_date as date) as as_of_date,
    cast(account_key_a as {{ dbt.type_string() }}) as account_key_a,
    cast(account_key_b as {{ dbt.type_string() }}) as account_key_b,
    cast(status as {{ dbt.type_string() }}) as status,
    status in ('review', 'rejected') as needs_review,
    cast(match_weight as {{ type_double() }}) as match_weight,
    cast(match_probability as {{ type_double() }}) as match_probability,
    cast(reason as {{ dbt.type_string() }}) as reason,
    cast(group_key as {{ dbt.type_string() }}) as group_key,
    cast(known_at as {{ dbt.type_timestamp() }}) as known_at,
    cast(outcome as {{ dbt.type_string() }}) as outcome
from known_pairs
