{#-
    CTEs that end with recorded_ids: one row per account that is the anchor of an id that earlier builds gave out, and per
    account that was one. Each id has one anchor, so that no two persons can have it. `accounts` names the CTE of the
    accounts that there are now, with account_key, account_type and seen_at; `recorded` the table int_identity__id_history
    as an earlier build left it, none in the first.
-#}
{% macro recorded_ids(accounts, recorded) %}
{%- if not recorded -%}
recorded_ids as (
    select
        account_key,
        cast(null as {{ dbt.type_string() }}) as customer_id,
        cast(null as {{ dbt.type_bigint() }}) as id_number,
        0 as passed_id_count
    from {{ accounts }}
    where 1 = 0
)
{%- else -%}
{{ last_entries(recorded) }},

anchors as (
    select
        present.account_key,
        known_anchors.customer_id,
        known_anchors.id_number
    from known_anchors
    left join {{ accounts }} as present
        on known_anchors.account_key = present.account_key
),

-- Where the anchor has gone from the inputs, the oldest account that had the id last follows it.
successors as (
    select
        present.account_key,
        anchors.customer_id,
        anchors.id_number,
        row_number() over (
            partition by anchors.customer_id
            order by case when present.account_type = 'device' then 1 else 0 end, present.seen_at, present.account_key
        ) as successor_number
    from anchors
    inner join known_accounts
        on anchors.customer_id = known_accounts.customer_id
    inner join {{ accounts }} as present
        on known_accounts.account_key = present.account_key
    where anchors.account_key is null
),

anchored_ids as (
    select
        account_key,
        customer_id,
        id_number
    from anchors
    where account_key is not null
    union all
    select
        account_key,
        customer_id,
        id_number
    from successors
    where successor_number = 1
),

-- Of several ids of an anchor the one that was given out first counts.
numbered_ids as (
    select
        *,
        row_number() over (partition by account_key order by id_number) as id_from_first
    from anchored_ids
),

-- An account whose id passed to a successor while it was away cannot have it back, nor make the same once more.
facts as (
    select
        account_key,
        customer_id,
        id_number,
        0 as passed_id_count
    from numbered_ids
    where id_from_first = 1
    union all
    select
        account_key,
        null as customer_id,
        null as id_number,
        count(distinct customer_id) as passed_id_count
    from recorded_anchors
    group by account_key
),

recorded_ids as (
    select
        account_key,
        min(customer_id) as customer_id,
        min(id_number) as id_number,
        max(passed_id_count) as passed_id_count
    from facts
    group by account_key
)
{%- endif -%}
{% endmacro %}
