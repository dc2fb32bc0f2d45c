{{ config(materialized='view') }}

with

base as (
    select * from {{ ref('base_crm__campaign_events') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by campaign_event_id
            order by changed_at desc, event_at desc, event_type, message_id, crm_customer_id, campaign_id, channel
        ) as version_number,
        count(*) over (partition by campaign_event_id) as version_count
    from base
    where reject_reason is null
)

select
    campaign_event_id,
    crm_customer_id,
    campaign_id,
    message_id,
    channel,
    event_type,
    event_at,
    event_date,
    changed_at,
    version_count
from versions
where version_number = 1
