with

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.customer_id,
        as_of_dates.as_of_end
    from {{ ref('int_identity__accounts') }} as accounts
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where accounts.account_type = 'crm'
),

-- All versions, not the newest only: a decision that was changed later still held until then.
known_decisions as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        accounts.as_of_end,
        consents.consent_id,
        consents.purpose,
        coalesce(consents.channel, 'all') as channel,
        consents.is_granted,
        consents.legal_basis,
        consents.decided_at,
        consents.expires_at
    from accounts
    inner join {{ ref('base_crm__consents') }} as consents
        on
            accounts.account_key = 'crm:' || consents.crm_customer_id
            and consents.decided_at < accounts.as_of_end
    where consents.reject_reason is null
),

scopes as (
    select distinct
        as_of_date,
        customer_id,
        purpose,
        channel
    from known_decisions
),

-- What was decided for all channels counts for each of them.
decisions as (
    select
        scopes.as_of_date,
        scopes.customer_id,
        scopes.purpose,
        scopes.channel,
        known_decisions.as_of_end,
        known_decisions.consent_id,
        known_decisions.is_granted,
        known_decisions.legal_basis,
        known_decisions.decided_at,
        known_decisions.expires_at
    from scopes
    inner join known_decisions
        on
            scopes.as_of_date = known_decisions.as_of_date
            and scopes.customer_id = known_decisions.customer_id
            and scopes.purpose = known_decisions.purpose
            and known_decisions.channel in (scopes.channel, 'all')
),

ranked as (
    select
        *,
        row_number() over (
            partition by as_of_date, customer_id, purpose, channel
            order by {{ newest_decision_first() }}
        ) as decision_from_last,
        max(case when is_granted then decided_at end) over (
            partition by as_of_date, customer_id, purpose, channel
        ) as last_granted_at
    from decisions
),

judged as (
    select
        *,
        min(case when not is_granted and decided_at >= last_granted_at then decided_at end) over (
            partition by as_of_date, customer_id, purpose, channel
        ) as withdrawn_at,
        case
            when not is_granted and last_granted_at is not null then 'withdrawn'
            when not is_granted then 'refused'
            when expires_at < as_of_end then 'expired'
            else 'granted'
        end as status
    from ranked
)

select
    as_of_date,
    customer_id,
    purpose,
    channel,
    status = 'granted' as is_permitted,
    status,
    legal_basis,
    consent_id,
    decided_at,
    expires_at,
    withdrawn_at
from judged
where decision_from_last = 1
