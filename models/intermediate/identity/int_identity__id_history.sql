{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false
) }}

with

as_of_dates as (
    select
        as_of_date,
        as_of_end,
        is_latest,
        lag(as_of_date) over (order by as_of_date) as previous_date
    from {{ ref('int_activity__as_of_dates') }}
),

links as (
    select * from {{ ref('int_identity__links') }}
),

accounts as (
    select * from {{ ref('int_identity__accounts') }}
    {%- if not var('anonymous_visitors_are_customers') %}
    -- Whoever logged in on a device has an account besides.
    where account_type <> 'device'
    {%- endif %}
),

account_ages as (
    select
        account_key,
        min(seen_at) as seen_at
    from links
    group by account_key
),

recorded as (
    {%- if is_incremental() %}
    select
        entry_number,
        as_of_date,
        account_key,
        customer_id,
        id_number,
        is_anchor,
        kind
    from {{ this }}
    {%- else %}
    select
        cast(null as {{ dbt.type_bigint() }}) as entry_number,
        as_of_date,
        cast(null as {{ dbt.type_string() }}) as account_key,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_bigint() }}) as id_number,
        false as is_anchor,
        cast(null as {{ dbt.type_string() }}) as kind
    from as_of_dates
    where 1 = 0
    {%- endif %}
),

last_entry as (
    select
        coalesce(max(entry_number), 0) as entry_number,
        coalesce(max(id_number), 0) as id_number
    from recorded
),

{{ last_entries('recorded') }},

anchors as (
    select
        customer_id,
        account_key,
        account_type,
        min(as_of_date) as first_date
    from accounts
    where is_anchor
    group by customer_id, account_key, account_type
),

-- The older the anchor, the lower the number, in the order of int_identity__accounts.
new_ids as (
    select
        anchors.customer_id,
        last_entry.id_number + row_number() over (
            order by
                case when anchors.account_type = 'device' then 1 else 0 end,
                account_ages.seen_at,
                anchors.account_key
        ) as id_number
    from anchors
    inner join account_ages
        on anchors.account_key = account_ages.account_key
    cross join last_entry
    left join known_anchors
        on anchors.customer_id = known_anchors.customer_id
    where known_anchors.customer_id is null
),

id_numbers as (
    select
        customer_id,
        id_number
    from known_anchors
    union all
    select
        customer_id,
        id_number
    from new_ids
),

-- An account that earlier builds know is news only at the latest date, and only where that is none of the past.
states as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.customer_id,
        accounts.is_anchor,
        case
            when known_accounts.account_key is null then 1
            when as_of_dates.is_latest and known_accounts.as_of_date <= accounts.as_of_date then 1
            else 0
        end as is_followed,
        coalesce(
            case
                when as_of_dates.is_latest and known_accounts.as_of_date <= accounts.as_of_date
                    then known_accounts.customer_id
            end,
            earlier_accounts.customer_id
        ) as from_customer_id
    from accounts
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    left join known_accounts
        on accounts.account_key = known_accounts.account_key
    left join accounts as earlier_accounts
        on
            accounts.account_key = earlier_accounts.account_key
            and as_of_dates.previous_date = earlier_accounts.as_of_date
),

news as (
    select states.*
    from states
    left join anchors
        on
            states.customer_id = anchors.customer_id
            and states.account_key = anchors.account_key
            and states.as_of_date = anchors.first_date
    left join known_anchors
        on states.customer_id = known_anchors.customer_id
    where
        (states.is_followed = 1 and (states.from_customer_id is null or states.from_customer_id <> states.customer_id))
        or (
            anchors.account_key is not null
            and (known_anchors.account_key is null or known_anchors.account_key <> anchors.account_key)
        )
),

moved_accounts as (
    select * from news
    where is_followed = 1 and from_customer_id <> customer_id
),

moves as (
    select
        as_of_date,
        from_customer_id,
        customer_id
    from moved_accounts
    group by as_of_date, from_customer_id, customer_id
),

ids_before as (
    select distinct
        moves.as_of_date,
        moves.customer_id
    from moves
    inner join states
        on
            moves.as_of_date = states.as_of_date
            and moves.customer_id = states.from_customer_id
),

ids_after as (
    select distinct
        moves.as_of_date,
        moves.from_customer_id
    from moves
    inner join states
        on
            moves.as_of_date = states.as_of_date
            and moves.from_customer_id = states.customer_id
),

-- What the accounts that moved share with those that were there: since they were apart, the newest of it joined them.
shared_identifiers as (
    select
        moved_accounts.as_of_date,
        moved_accounts.from_customer_id,
        moved_accounts.customer_id,
        links.identifier_type,
        row_number() over (
            partition by moved_accounts.as_of_date, moved_accounts.from_customer_id, moved_accounts.customer_id
            order by greatest(links.seen_at, other_links.seen_at) desc, links.identifier_type, links.identifier
        ) as link_from_last
    from moved_accounts
    inner join as_of_dates
        on moved_accounts.as_of_date = as_of_dates.as_of_date
    inner join links
        on
            moved_accounts.account_key = links.account_key
            and links.seen_at < as_of_dates.as_of_end
    inner join states as others
        on
            moved_accounts.as_of_date = others.as_of_date
            and moved_accounts.customer_id = others.customer_id
            and moved_accounts.from_customer_id <> coalesce(others.from_customer_id, '')
    inner join links as other_links
        on
            others.account_key = other_links.account_key
            and links.identifier = other_links.identifier
            and other_links.seen_at < as_of_dates.as_of_end
),

described_moves as (
    select
        moves.as_of_date,
        moves.from_customer_id,
        moves.customer_id,
        case
            when ids_before.customer_id is null then 'split'
            when ids_after.from_customer_id is null then 'merged'
            else 'moved'
        end as kind,
        shared_identifiers.identifier_type
    from moves
    left join ids_before
        on
            moves.as_of_date = ids_before.as_of_date
            and moves.customer_id = ids_before.customer_id
    left join ids_after
        on
            moves.as_of_date = ids_after.as_of_date
            and moves.from_customer_id = ids_after.from_customer_id
    left join shared_identifiers
        on
            moves.as_of_date = shared_identifiers.as_of_date
            and moves.from_customer_id = shared_identifiers.from_customer_id
            and moves.customer_id = shared_identifiers.customer_id
            and shared_identifiers.link_from_last = 1
)

select
    cast(last_entry.entry_number + 1 as {{ dbt.type_bigint() }}) as entry_number,
    cast(news.as_of_date as date) as as_of_date,
    cast(news.account_key as {{ dbt.type_string() }}) as account_key,
    cast(news.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(id_numbers.id_number as {{ dbt.type_bigint() }}) as id_number,
    news.is_anchor,
    cast(case when news.is_followed = 1 then news.from_customer_id end as {{ dbt.type_string() }}) as from_customer_id,
    cast(
        case
            when news.is_followed = 0 then 'issued'
            when described_moves.kind is not null then described_moves.kind
            when news.from_customer_id = news.customer_id then 'kept'
            else 'new'
        end as {{ dbt.type_string() }}
    ) as kind,
    cast(
        case when described_moves.kind <> 'split' then described_moves.identifier_type end as {{ dbt.type_string() }}
    ) as reason
from news
cross join last_entry
inner join id_numbers
    on news.customer_id = id_numbers.customer_id
left join described_moves
    on
        news.as_of_date = described_moves.as_of_date
        and news.from_customer_id = described_moves.from_customer_id
        and news.customer_id = described_moves.customer_id
        and news.is_followed = 1
