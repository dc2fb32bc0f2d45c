{{ config(materialized='view') }}

with

source as (
    {{ input_rows('tracking_events') }}
)

select
    event_id,
    event_at,
    cast(event_at as date) as event_date,
    lower(event_name) as event_name,
    anonymous_id,
    user_id,
    lower(platform) as platform,
    lower(device_type) as device_type,
    lower(country) as country,
    {{ is_bot_user_agent('user_agent') }} as is_bot,
    case when engaged_seconds between 0 and 86400 then engaged_seconds end as engaged_seconds,
    {{ arrival_time('event_at', 'received_at') }} as changed_at,
    {{ reject_reason('tracking_events', dates=['event_at'], rules=[
        (clock_is_ahead('event_at', 'received_at'), 'event_at is later than its receipt'),
        ('anonymous_id is null and user_id is null', 'anonymous_id and user_id are both missing'),
    ]) }} as reject_reason
from source
{{ where_retained('tracking', 'event_at') }}
