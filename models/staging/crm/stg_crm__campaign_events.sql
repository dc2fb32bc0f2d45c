{{ config(materialized='view') }}

{{ newest_versions(
    ref('base_crm__campaign_events'),
    key='campaign_event_id',
    columns=[
        'campaign_event_id', 'crm_customer_id', 'campaign_id', 'message_id', 'channel', 'event_type', 'event_at',
        'event_date', 'changed_at',
    ],
    order_by=[
        'changed_at desc', 'event_at desc', 'event_type', 'message_id', 'crm_customer_id', 'campaign_id', 'channel',
    ],
) }}
