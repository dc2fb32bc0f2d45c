{%- set sources = [(ref('base_tracking__events'), 'event_id', 'event_date')] -%}
{%- set first_date = first_affected_date(sources) if is_incremental() -%}
{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='session_date',
    partition_by=partition_by_date('session_date'),
    on_schema_change='fail',
    pre_hook="{{ strate.delete_affected('session_date', [(ref('base_tracking__events'), 'event_id', 'event_date')]) }}"
) }}

with

events as (
    select * from {{ ref('stg_tracking__events') }}
    {%- if is_incremental() %}
    -- One day more than is replaced: the first session of a day may go on from the evening before.
    where event_date >= {{ add_days(first_date, -1) }}
    {%- endif %}
),

with_previous as (
    select
        *,
        lag(event_at) over (partition by visitor_key order by event_at, event_id) as previous_event_at,
        lag(user_id) over (partition by visitor_key order by event_at, event_id) as previous_user_id
    from events
),

with_breaks as (
    select
        *,
        case
            when
                previous_event_at is null
                or {{ seconds_between('previous_event_at', 'event_at') }} > {{ var('session_gap_minutes') * 60 }}
                -- Somebody else logs in on the same device.
                or user_id <> previous_user_id
                then 1
            else 0
        end as starts_session
    from with_previous
),

numbered as (
    select
        *,
        sum(starts_session) over (
            partition by visitor_key
            order by event_at, event_id
            rows between unbounded preceding and current row
        ) as session_number
    from with_breaks
),

parts as (
    select
        visitor_key,
        event_date as session_date,
        max(anonymous_id) as anonymous_id,
        case when min(user_id) = max(user_id) then max(user_id) end as user_id,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        max(starts_session) as starts_session,
        count(*) as event_count,
        sum(version_count) as version_count,
        sum(case when event_name in ('page_view', 'screen_view') then 1 else 0 end) as page_view_count,
        sum(case when event_name in ('product_view', 'view_item') then 1 else 0 end) as product_view_count,
        sum(case when event_name = 'add_to_cart' then 1 else 0 end) as add_to_cart_count,
        sum(case when event_name = 'begin_checkout' then 1 else 0 end) as checkout_count,
        sum(case when event_name = 'purchase' then 1 else 0 end) as purchase_count,
        sum(cast(engaged_seconds as decimal(18, 3))) as engaged_seconds,
        max(platform) as platform,
        max(device_type) as device_type,
        max(country) as country,
        max(case when is_bot then 1 else 0 end) as is_bot,
        max(changed_at) as changed_at
    from numbered
    group by visitor_key, event_date, session_number
)

select
    visitor_key,
    case when user_id is not null then 'user:' || user_id else 'device:' || anonymous_id end as account_key,
    anonymous_id,
    user_id,
    session_date,
    started_at,
    ended_at,
    starts_session,
    event_count,
    version_count,
    page_view_count,
    product_view_count,
    add_to_cart_count,
    checkout_count,
    purchase_count,
    coalesce(
        engaged_seconds, cast({{ seconds_between('started_at', 'ended_at') }} as decimal(18, 3))
    ) as engaged_seconds,
    platform,
    device_type,
    country,
    is_bot = 1 or event_count > {{ var('bot_events_per_session') }} as is_bot,
    changed_at
from parts
{%- if is_incremental() %}
where session_date >= {{ first_date }}
{%- endif %}
