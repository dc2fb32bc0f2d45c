{{ config(materialized='view') }}

with

base as (
    select * from {{ ref('base_tracking__events') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by event_id
            order by
                changed_at desc, event_at desc, event_name, anonymous_id, user_id, platform, device_type, country,
                is_bot, engaged_seconds
        ) as version_number,
        count(*) over (partition by event_id) as version_count
    from base
    where reject_reason is null
)

select
    event_id,
    event_at,
    event_date,
    event_name,
    anonymous_id,
    user_id,
    visitor_key,
    platform,
    device_type,
    country,
    is_bot,
    engaged_seconds,
    changed_at,
    version_count
from versions
where version_number = 1
