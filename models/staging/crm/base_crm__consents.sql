{{ config(materialized='view') }}

with

source as (
    {{ input_rows('crm_consents', told_apart=['expires_at']) }}
),

judged as (
    select
        consent_id,
        crm_customer_id,
        lower(purpose) as purpose,
        lower(channel) as channel,
        is_granted,
        lower(legal_basis) as legal_basis,
        decided_at,
        expires_at,
        -- A grant that was to end must not go on for ever because nobody can read when. A refusal does not end.
        {{ reject_reason('crm_consents', dates=['decided_at'], rules=[
            ('is_granted and expires_at_is_unreadable = 1', 'expires_at is not a timestamp'),
        ]) }} as reject_reason
    from source
)
{%- if retention_days('consents') is not none %},

aged as (
    select
        *,
        {{ replaced_at() }} as replaced_at
    from judged
)
{%- endif %}

select
    consent_id,
    crm_customer_id,
    purpose,
    channel,
    is_granted,
    legal_basis,
    decided_at,
    expires_at,
    reject_reason
from {{ 'judged' if retention_days('consents') is none else 'aged' }}
{{ where_retained('consents', 'replaced_at') }}
