{%- set event_types = ['sent', 'delivered', 'opened', 'clicked', 'bounced', 'unsubscribed'] -%}
with

source as (
    {{ input_rows('crm_campaign_events') }}
),

normalised as (
    select
        campaign_event_id,
        crm_customer_id,
        campaign_id,
        coalesce(message_id, campaign_id || '/' || crm_customer_id) as message_id,
        lower(channel) as channel,
        case lower(event_type)
            when 'send' then 'sent'
            when 'delivery' then 'delivered'
            when 'open' then 'opened'
            when 'click' then 'clicked'
            when 'bounce' then 'bounced'
            when 'unsubscribe' then 'unsubscribed'
            else lower(event_type)
        end as event_type,
        event_at,
        received_at,
        is_erased
    from source
)

select
    campaign_event_id,
    crm_customer_id,
    campaign_id,
    message_id,
    channel,
    event_type,
    event_at,
    cast(event_at as date) as event_date,
    {{ arrival_time('event_at', 'received_at') }} as changed_at,
    {{ reject_reason('crm_campaign_events', dates=['event_at'], rules=[
        (clock_is_ahead('event_at', 'received_at'), 'event_at is later than its receipt'),
        ('event_type not in (' ~ text_list(event_types) ~ ')', 'event_type is unknown'),
    ]) }} as reject_reason
from normalised
