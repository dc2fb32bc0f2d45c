{{ config(tags=['gate'], severity=var('lost_refusals_severity')) }}

-- A refusal that cannot be used counts for nothing. Where its customer would be free to be used without it, somebody
-- should look at it: it may be an objection.
with

customers as (
    select
        accounts.account_key,
        accounts.customer_id
    from {{ ref('int_identity__accounts') }} as accounts
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where
        as_of_dates.is_latest
        and accounts.account_type = 'crm'
),

lost_refusals as (
    select
        customers.customer_id,
        consents.consent_id,
        consents.purpose,
        consents.channel,
        consents.reject_reason,
        case when {{ is_possible_date('consents.decided_at') }} then consents.decided_at end as decided_at
    from {{ ref('base_crm__consents') }} as consents
    inner join customers
        on customers.account_key = 'crm:' || consents.crm_customer_id
    where
        consents.reject_reason is not null
        and (consents.is_granted is null or not consents.is_granted)
),

permissions as (
    select permissions.*
    from {{ ref('customer_permissions') }} as permissions
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on permissions.as_of_date = as_of_dates.as_of_date
    where
        as_of_dates.is_latest
        and permissions.is_permitted
)

select distinct
    lost_refusals.customer_id,
    'customer ' || lost_refusals.customer_id || ' may be used for ' || permissions.purpose
    || ' (' || permissions.channel || '), but a row of crm_consents that may refuse it cannot be used: '
    || lost_refusals.reject_reason as message
from lost_refusals
inner join permissions
    on
        lost_refusals.customer_id = permissions.customer_id
        and coalesce(lost_refusals.purpose, permissions.purpose) = permissions.purpose
        and (
            lost_refusals.channel is null
            or lost_refusals.channel = permissions.channel
            or permissions.channel = 'all'
        )
        -- An old one that a later grant took the place of is no loss.
        and (
            lost_refusals.decided_at is null
            or permissions.decided_at is null
            or lost_refusals.decided_at >= permissions.decided_at
        )
