{{ config(materialized='view') }}

with

source as (
    {{ input_rows('crm_consents') }}
)

select
    consent_id,
    crm_customer_id,
    lower(purpose) as purpose,
    lower(channel) as channel,
    is_granted,
    lower(legal_basis) as legal_basis,
    decided_at,
    expires_at,
    {{ reject_reason('crm_consents', dates=['decided_at']) }} as reject_reason
from source
