{%- set sources = [(ref('base_tracking__events'), 'event_id', 'event_date')] -%}
{%- set first_date = first_affected_date(sources) if is_incremental() -%}
{%- set gap_seconds = var('session_gap_minutes') * 60 -%}
{%- set midnight = 'cast(event_date as ' ~ dbt.type_timestamp() ~ ')' -%}
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
    {%- if is_incremental() %}
    -- One day more than is replaced: the first session of a day may go on from the evening before.
    {{ tracking_events(first_date=add_days(first_date, -1)) }}
    {%- else %}
    select * from {{ ref('stg_tracking__events') }}
    {%- endif %}
),

-- Two events of one visitor in the same stretch of the clock, as long as the gap, cannot be a gap apart. So a session
-- is a chain of such bursts, and the windows below sort these instead of many times more events.
bursts as (
    select
        anonymous_id,
        user_id,
        event_date,
        cast(floor({{ seconds_between(midnight, 'event_at') }} / {{ gap_seconds }}) as integer) as burst_number,
        min(event_at) as started_at,
        max(event_at) as ended_at,
        count(*) as event_count,
        cast(sum(version_count) as {{ dbt.type_bigint() }}) as version_count,
        count(case when event_name in ('page_view', 'screen_view') then 1 end) as page_view_count,
        count(case when event_name in ('product_view', 'view_item') then 1 end) as product_view_count,
        count(case when event_name = 'add_to_cart' then 1 end) as add_to_cart_count,
        count(case when event_name = 'begin_checkout' then 1 end) as checkout_count,
        count(case when event_name = 'purchase' then 1 end) as purchase_count,
        cast(sum(cast(engaged_seconds as decimal(18, 3))) as decimal(18, 3)) as engaged_seconds,
        max(platform) as platform,
        max(device_type) as device_type,
        max(country) as country,
        max(case when is_bot then 1 else 0 end) as is_bot,
        max(changed_at) as changed_at
    from events
    group by anonymous_id, user_id, event_date, burst_number
),

visitor_bursts as (
    select
        *,
        coalesce('device:' || anonymous_id, 'user:' || user_id) as visitor_key
    from bursts
),

with_previous as (
    select
        *,
        max(ended_at) over (
            partition by visitor_key
            order by started_at, ended_at, user_id
            rows between unbounded preceding and 1 preceding
        ) as previous_ended_at,
        lag(user_id) over (partition by visitor_key order by started_at, ended_at, user_id) as previous_user_id,
        lag(started_at) over (partition by visitor_key order by started_at, ended_at, user_id) as previous_started_at
    from visitor_bursts
),

with_breaks as (
    select
        *,
        case
            when
                previous_ended_at is null
                or {{ seconds_between('previous_ended_at', 'started_at') }} > {{ gap_seconds }}
                -- Somebody else logs in on the same device. Of two at the same moment nobody knows who it was.
                or (user_id <> previous_user_id and started_at > previous_started_at)
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
            order by started_at, ended_at, user_id
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
        min(started_at) as started_at,
        max(ended_at) as ended_at,
        max(starts_session) as starts_session,
        {%- for column in [
            'event_count', 'version_count', 'page_view_count', 'product_view_count', 'add_to_cart_count',
            'checkout_count', 'purchase_count',
        ] %}
        cast(sum({{ column }}) as {{ dbt.type_bigint() }}) as {{ column }},
        {%- endfor %}
        cast(sum(engaged_seconds) as decimal(18, 3)) as engaged_seconds,
        max(platform) as platform,
        max(device_type) as device_type,
        max(country) as country,
        max(is_bot) as is_bot,
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
