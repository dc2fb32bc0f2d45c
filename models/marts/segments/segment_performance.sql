{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='activity_date',
    partition_by=partition_by_date('activity_date'),
    on_schema_change='fail',
    pre_hook="{{ strate.delete_unrecorded('as_of_date') }}"
) }}

{%- set window_days = var('response_window_days') | int %}
{%- set double = type_double() %}
{%- set text = dbt.type_string() %}
{%- set bigint = dbt.type_bigint() %}
{#- Which input each sum needs, and the class of retention_days that its rows belong to. -#}
{%- set groups = [
    ('tracking_events', 'tracking', ['session_count', 'converting_session_count', 'engaged_seconds']),
    ('erp_orders', 'orders', ['buyer_count', 'order_count', 'revenue']),
    ('crm_campaign_events', 'campaigns', ['sent_count', 'opened_count', 'clicked_count', 'unsubscribed_count']),
    ('survey_responses', 'surveys', ['answer_count', 'feedback_sum']),
] %}
{%- set sums = groups | map(attribute=2) | sum(start=[]) %}

with

unprofiled as (
    select unprofiled.customer_id
    from {{ ref('int_permissions__unprofiled') }} as unprofiled
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on unprofiled.as_of_date = as_of_dates.as_of_date
    where as_of_dates.is_latest
),

sizes as (
    select
        history.segmentation,
        history.segment_key,
        history.as_of_date,
        max(history.model_version) as model_version,
        count(*) as customer_count
    from {{ ref('segment_history') }} as history
    left join unprofiled
        on history.customer_id = unprofiled.customer_id
    where
        unprofiled.customer_id is null
        {%- if retention_days('history') is not none %}
        and not {{ is_expired('history', 'history.as_of_date') }}
        {%- endif %}
    group by history.segmentation, history.segment_key, history.as_of_date
),

recorded as (
    select
        min(as_of_date) as first_date,
        max(as_of_date) as last_date
    from sizes
),

bounds as (
    select
        as_of_dates.as_of_date as last_date,
        as_of_dates.as_of_end as last_end,
        recorded.first_date
    from {{ ref('int_activity__as_of_dates') }} as as_of_dates
    inner join recorded
        -- A build of the past does not know who is who today: the next one of the newest date counts what it changes.
        on as_of_dates.as_of_date >= recorded.last_date
    where as_of_dates.is_latest
),

-- Each segmentation has its own dates: one that was not made at a date says nothing about that date.
periods as (
    select
        segmentation,
        as_of_date,
        sum(customer_count) as customer_count,
        lag(as_of_date) over (partition by segmentation order by as_of_date) as previous_date,
        lag(sum(customer_count)) over (partition by segmentation order by as_of_date) as previous_count,
        lead(as_of_date) over (partition by segmentation order by as_of_date) as next_date
    from sizes
    group by segmentation, as_of_date
),

day_periods as (
    select
        periods.segmentation,
        periods.as_of_date,
        periods.previous_date,
        days.date_day as activity_date,
        case when days.date_day = {{ add_days('periods.as_of_date', 1) }} then 1 else 0 end as is_first_day,
        -- Whatever else a row of the day is made of, apart from activity.
        coalesce(cast(periods.previous_date as {{ text }}), 'first')
        || ' ' || cast(coalesce(periods.previous_count, 0) as {{ text }})
        || ' ' || cast(periods.customer_count as {{ text }})
        || ' {{ window_days }}'
        || case
            when {{ add_days('days.date_day', window_days) }} > bounds.last_date
                then ' ' || cast(bounds.last_date as {{ text }})
            else ''
        end
        {%- for input, class, columns in groups if is_on(input) %}
        || ' {{ input }}'
        {%- if retention_days(class) is not none %}
        || case when {{ is_expired(class, 'days.date_day') }} then ' expired' else '' end
        {%- endif %}
        {%- endfor %} as counted_from
    from periods
    cross join bounds
    inner join {{ ref('days') }} as days
        on
            days.date_day > periods.as_of_date
            and days.date_day <= coalesce(periods.next_date, bounds.last_date)
            and days.date_day <= bounds.last_date
),

-- A segment that has ended has a row on the day on which everybody left it.
cells as (
    select
        day_periods.segmentation,
        sizes.segment_key,
        day_periods.activity_date,
        day_periods.as_of_date,
        sum(case when sizes.as_of_date = day_periods.as_of_date then sizes.customer_count else 0 end) as customer_count,
        max(case when sizes.as_of_date = day_periods.as_of_date then sizes.model_version end) as model_version
    from day_periods
    inner join sizes
        on
            day_periods.segmentation = sizes.segmentation
            and (
                day_periods.as_of_date = sizes.as_of_date
                or (day_periods.is_first_day = 1 and day_periods.previous_date = sizes.as_of_date)
            )
    group by day_periods.segmentation, sizes.segment_key, day_periods.activity_date, day_periods.as_of_date
),

{{ customer_days('bounds', window_days) }},

id_moves as (
    select
        customer_id,
        count(*) as move_count
    from {{ ref('int_identity__id_history') }}
    where kind in ('merged', 'split', 'moved')
    group by customer_id
),

profiled_days as (
    select
        customer_days.*,
        -- What somebody did who became another customer is to be counted anew.
        customer_days.row_count * (1 + coalesce(id_moves.move_count, 0)) as weighted_count
    from customer_days
    left join unprofiled
        on customer_days.customer_id = unprofiled.customer_id
    left join id_moves
        on customer_days.customer_id = id_moves.customer_id
    where unprofiled.customer_id is null
),

day_totals as (
    select
        activity_date,
        sum(weighted_count) as weighted_count
    from profiled_days
    group by activity_date
),

rows_now as (
    select
        cells.*,
        day_periods.previous_date,
        day_periods.is_first_day,
        cast(
            day_periods.counted_from || ' ' || cast(coalesce(day_totals.weighted_count, 0) as {{ text }}) as {{ text }}
        ) as counted_from
    from cells
    inner join day_periods
        on
            cells.segmentation = day_periods.segmentation
            and cells.activity_date = day_periods.activity_date
    left join day_totals
        on cells.activity_date = day_totals.activity_date
),

{% if is_incremental() -%}
changed_days as (
    select distinct coalesce(rows_now.activity_date, rows_before.activity_date) as activity_date
    from rows_now
    full outer join {{ this }} as rows_before
        on
            rows_now.segmentation = rows_before.segmentation
            and rows_now.segment_key = rows_before.segment_key
            and rows_now.activity_date = rows_before.activity_date
            and rows_now.as_of_date = rows_before.as_of_date
            and rows_now.customer_count = rows_before.customer_count
            and rows_now.counted_from = rows_before.counted_from
    where rows_now.activity_date is null or rows_before.activity_date is null
),
{%- else -%}
changed_days as (
    select distinct activity_date from rows_now
),
{%- endif %}

changed_periods as (
    select day_periods.*
    from day_periods
    inner join changed_days
        on day_periods.activity_date = changed_days.activity_date
),

member_dates as (
    select
        segmentation,
        as_of_date
    from changed_periods
    union
    select
        segmentation,
        previous_date as as_of_date
    from changed_periods
    where is_first_day = 1
),

members as (
    select
        history.customer_id,
        history.segmentation,
        history.segment_key,
        history.as_of_date
    from {{ ref('segment_history') }} as history
    inner join member_dates
        on
            history.segmentation = member_dates.segmentation
            and history.as_of_date = member_dates.as_of_date
    left join unprofiled
        on history.customer_id = unprofiled.customer_id
    where unprofiled.customer_id is null
),

first_days as (
    select * from changed_periods
    where is_first_day = 1 and previous_date is not null
),

sides as (
    select
        first_days.segmentation,
        first_days.activity_date,
        members.customer_id,
        members.segment_key,
        1 as is_entry
    from first_days
    inner join members
        on
            first_days.segmentation = members.segmentation
            and first_days.as_of_date = members.as_of_date
    union all
    select
        first_days.segmentation,
        first_days.activity_date,
        members.customer_id,
        members.segment_key,
        0 as is_entry
    from first_days
    inner join members
        on
            first_days.segmentation = members.segmentation
            and first_days.previous_date = members.as_of_date
),

-- Who stayed is on both sides.
moves as (
    select
        segmentation,
        activity_date,
        customer_id,
        segment_key,
        max(is_entry) as is_entry
    from sides
    group by segmentation, activity_date, customer_id, segment_key
    having count(*) = 1
),

crossings as (
    select
        segmentation,
        activity_date,
        segment_key,
        sum(is_entry) as entry_count,
        sum(1 - is_entry) as exit_count
    from moves
    group by segmentation, activity_date, segment_key
),

segment_days as (
    select
        changed_periods.segmentation,
        changed_periods.activity_date,
        members.segment_key,
        {%- for name in sums %}
        sum(profiled_days.{{ name }}) as {{ name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from profiled_days
    inner join changed_periods
        on profiled_days.activity_date = changed_periods.activity_date
    -- Not an inner join, which would be free to pair all members with all days first. Who is no member has no
    -- segment_key, and so no cell.
    left join members
        on
            profiled_days.customer_id = members.customer_id
            and changed_periods.segmentation = members.segmentation
            and changed_periods.as_of_date = members.as_of_date
    group by changed_periods.segmentation, changed_periods.activity_date, members.segment_key
),

counted as (
    select
        rows_now.segmentation,
        rows_now.segment_key,
        rows_now.activity_date,
        rows_now.as_of_date,
        rows_now.customer_count,
        coalesce(crossings.entry_count, 0) as entry_count,
        coalesce(crossings.exit_count, 0) as exit_count,
        {%- for input, class, columns in groups %}
        {%- for name in columns %}
        {%- if not is_on(input) %}
        cast(null as {{ double }}) as {{ name }},
        {%- elif retention_days(class) is not none %}
        case
            when not {{ is_expired(class, 'rows_now.activity_date') }} then coalesce(segment_days.{{ name }}, 0)
        end as {{ name }},
        {%- else %}
        coalesce(segment_days.{{ name }}, 0) as {{ name }},
        {%- endif %}
        {%- endfor %}
        {%- endfor %}
        case
            when {{ add_days('rows_now.activity_date', window_days) }} <= bounds.last_date then 1
        end as is_answered,
        rows_now.model_version,
        rows_now.counted_from
    from rows_now
    cross join bounds
    inner join changed_days
        on rows_now.activity_date = changed_days.activity_date
    left join crossings
        on
            rows_now.segmentation = crossings.segmentation
            and rows_now.activity_date = crossings.activity_date
            and rows_now.segment_key = crossings.segment_key
    left join segment_days
        on
            rows_now.segmentation = segment_days.segmentation
            and rows_now.activity_date = segment_days.activity_date
            and rows_now.segment_key = segment_days.segment_key
)

select
    cast(segmentation as {{ text }}) as segmentation,
    cast(segment_key as {{ text }}) as segment_key,
    cast(activity_date as date) as activity_date,
    cast(as_of_date as date) as as_of_date,
    cast(customer_count as {{ bigint }}) as customer_count,
    cast(entry_count as {{ bigint }}) as entry_count,
    cast(exit_count as {{ bigint }}) as exit_count,
    cast(session_count as {{ bigint }}) as session_count,
    cast(converting_session_count as {{ bigint }}) as converting_session_count,
    cast(engaged_seconds / 60.0 as {{ double }}) as engaged_minutes,
    cast(buyer_count as {{ bigint }}) as buyer_count,
    cast(order_count as {{ bigint }}) as order_count,
    cast(revenue as {{ double }}) as revenue,
    {%- for name in ['sent', 'opened', 'clicked', 'unsubscribed', 'answer'] %}
    cast({{ name }}_count as {{ bigint }}) as {{ name }}_count,
    {%- endfor %}
    cast(feedback_sum as {{ double }}) as feedback_sum,
    cast(1.0 * converting_session_count / nullif(session_count, 0) as {{ double }}) as conversion_rate,
    cast(revenue / nullif(order_count, 0) as {{ double }}) as average_order_value,
    cast(engaged_seconds / 60.0 / nullif(session_count, 0) as {{ double }}) as engaged_minutes_per_session,
    cast(1.0 * is_answered * opened_count / nullif(sent_count, 0) as {{ double }}) as open_rate,
    cast(1.0 * is_answered * clicked_count / nullif(sent_count, 0) as {{ double }}) as click_rate,
    cast(1.0 * is_answered * unsubscribed_count / nullif(sent_count, 0) as {{ double }}) as unsubscribe_rate,
    cast(feedback_sum / nullif(answer_count, 0) as {{ double }}) as feedback_score,
    cast(model_version as {{ text }}) as model_version,
    counted_from
from counted
