with

events as (
    select * from {{ source('ga4', 'events_flat') }}
)

select
    -- GA4 has no key for an event; these three are one together.
    user_pseudo_id || '/' || event_timestamp || '/' || event_name as event_id,
    make_timestamp(event_timestamp) as event_at,
    event_name,
    user_pseudo_id as anonymous_id,
    user_id,
    'web' as platform,
    device_category as device_type,
    country,
    engagement_time_msec / 1000.0 as engaged_seconds
from events
