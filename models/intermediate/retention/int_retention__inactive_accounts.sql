{%- set days = retention_days('inactive_customers') -%}
{{ config(enabled=days is not none, post_hook="{{ strate.expire_inactive() }}") }}

with

latest as (
    select
        as_of_date,
        as_of_end,
        {{ add_days('as_of_date', -(days or 0)) }} as cut_off_date
    from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.customer_id,
        latest.as_of_end,
        latest.cut_off_date
    from {{ ref('int_identity__accounts') }} as accounts
    inner join latest
        on accounts.as_of_date = latest.as_of_date
),

-- What came from the person: a message that was sent to them is none of it, nor one that was opened, as mail clients
-- open by themselves.
signs as (
    select
        account_key,
        booked_at as active_at
    from {{ ref('int_activity__order_lines') }}
    union all
    select
        account_key,
        started_at as active_at
    from {{ ref('int_activity__sessions') }}
    where not is_bot
    union all
    select
        account_key,
        clicked_at as active_at
    from {{ ref('int_activity__campaign_touches') }}
    union all
    select
        account_key,
        unsubscribed_at as active_at
    from {{ ref('int_activity__campaign_touches') }}
    union all
    select
        account_key,
        answered_at as active_at
    from {{ ref('stg_survey__responses') }}
    union all
    select
        'crm:' || crm_customer_id as account_key,
        decided_at as active_at
    from {{ ref('base_crm__consents') }}
    where reject_reason is null
    union all
    select
        'crm:' || crm_customer_id as account_key,
        coalesce(created_at, updated_at) as active_at
    from {{ ref('base_crm__customers') }}
    where reject_reason is null
),

last_signs as (
    select
        accounts.customer_id,
        max(signs.active_at) as last_active_at
    from accounts
    inner join signs
        on
            accounts.account_key = signs.account_key
            and signs.active_at < accounts.as_of_end
    group by accounts.customer_id
)

select
    accounts.as_of_date,
    accounts.account_key,
    accounts.customer_id,
    cast(last_signs.last_active_at as date) as last_active_date
from accounts
left join last_signs
    on accounts.customer_id = last_signs.customer_id
where last_signs.last_active_at is null or cast(last_signs.last_active_at as date) < accounts.cut_off_date
