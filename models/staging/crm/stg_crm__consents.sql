with

base as (
    select * from {{ ref('base_crm__consents') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by consent_id
            order by decided_at desc, is_granted, expires_at, purpose, channel, crm_customer_id, legal_basis
        ) as version_number,
        count(*) over (partition by consent_id) as version_count
    from base
    where reject_reason is null
)

select
    consent_id,
    crm_customer_id,
    purpose,
    channel,
    is_granted,
    legal_basis,
    decided_at,
    expires_at,
    version_count
from versions
where version_number = 1
