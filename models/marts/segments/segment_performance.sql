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
{%- set account_sums = [
    'session_count', 'converting_session_count', 'engaged_seconds', 'order_count', 'revenue', 'sent_count', 'opened_count',
    'clicked_count', 'unsubscribed_count',
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

bounds as (
    select
        as_of_dates.as_of_date as last_date,
        as_of_dates.as_of_end as last_end,
        recorded.first_date
    from {{ ref('int_activity__as_of_dates') }} as as_of_dates
    inner join (
        select
            min(as_of_date) as first_date,
            max(as_of_date) as last_recorded_date
        from sizes
    ) as recorded
        -- A build of the past does not know who is who today: the next one of the newest date counts what it changes.
        on as_of_dates.as_of_date >= recorded.last_recorded_date
    where as_of_dates.is_latest
),

-- Each segmentation has its own dates: one that was not made at a date says nothing about that date.
periods as (
    select
        segmentation,
        as_of_date,
        customer_count,
        lag(as_of_date) over (partition by segmentation order by as_of_date) as previous_date,
        lag(customer_count) over (partition by segmentation order by as_of_date) as previous_count,
        lead(as_of_date) over (partition by segmentation order by as_of_date) as next_date
    from (
        select
            segmentation,
            as_of_date,
            sum(customer_count) as customer_count
        from sizes
        group by segmentation, as_of_date
    ) as dates
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

accounts as (
    select
        accounts.account_key,
        accounts.customer_id
    from {{ ref('int_identity__accounts') }} as accounts
    inner join bounds
        on accounts.as_of_date = bounds.last_date
    where not accounts.is_test
),

orders as (
    select
        order_lines.account_key,
        order_lines.order_id,
        order_lines.order_date,
        max(case when order_lines.cancelled_at < bounds.last_end then 1 else 0 end) as is_cancelled,
        sum(order_lines.gross_amount) as gross_amount,
        sum(order_lines.gross_amount - order_lines.discount_amount - order_lines.returned_amount) as net_amount,
        sum(order_lines.version_count) as version_count
    from {{ ref('int_activity__order_lines') }} as order_lines
    inner join bounds
        on
            order_lines.order_date > bounds.first_date
            and order_lines.booked_at < bounds.last_end
    where order_lines.account_key is not null
    group by order_lines.account_key, order_lines.order_id, order_lines.order_date
),

touches as (
    select
        touches.account_key,
        touches.touch_date,
        touches.version_count,
        {%- for event in ['opened', 'clicked', 'unsubscribed'] %}
        case
            when
                touches.{{ event }}_at < bounds.last_end
                and cast(touches.{{ event }}_at as date) <= {{ add_days('touches.touch_date', window_days) }}
                then 1
            else 0
        end as {{ event }}_count{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_activity__campaign_touches') }} as touches
    inner join bounds
        on
            touches.touch_date > bounds.first_date
            and touches.touched_at < bounds.last_end
),

account_activity as (
    select
        sessions.account_key,
        sessions.session_date as activity_date,
        sessions.version_count as row_count,
        1 as session_count,
        case when sessions.purchase_count > 0 then 1 else 0 end as converting_session_count,
        sessions.engaged_seconds,
        0 as order_count,
        0 as revenue,
        0 as sent_count,
        0 as opened_count,
        0 as clicked_count,
        0 as unsubscribed_count
    from {{ ref('int_activity__sessions') }} as sessions
    inner join bounds
        on
            sessions.session_date > bounds.first_date
            and sessions.session_date <= bounds.last_date
    where not sessions.is_bot
    union all
    select
        account_key,
        order_date as activity_date,
        version_count + is_cancelled as row_count,
        0 as session_count,
        0 as converting_session_count,
        0 as engaged_seconds,
        -- As features count: something was sold for money. What came back since lowers the day of the order.
        case when is_cancelled = 0 and gross_amount > 0 then 1 else 0 end as order_count,
        case when is_cancelled = 0 then net_amount else 0 end as revenue,
        0 as sent_count,
        0 as opened_count,
        0 as clicked_count,
        0 as unsubscribed_count
    from orders
    union all
    select
        account_key,
        touch_date as activity_date,
        version_count as row_count,
        0 as session_count,
        0 as converting_session_count,
        0 as engaged_seconds,
        0 as order_count,
        0 as revenue,
        1 as sent_count,
        opened_count,
        clicked_count,
        unsubscribed_count
    from touches
),

-- Surveys are known by customer already, turned to scores from 0 to 1.
customer_days as (
    select
        customer_id,
        activity_date,
        sum(row_count) as row_count,
        {%- for name in sums if name != 'buyer_count' %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        case when sum(order_count) > 0 then 1 else 0 end as buyer_count
    from (
        select
            accounts.customer_id,
            account_activity.activity_date,
            account_activity.row_count,
            {%- for name in account_sums %}
            account_activity.{{ name }},
            {%- endfor %}
            0 as answer_count,
            0 as feedback_sum
        from account_activity
        inner join accounts
            on account_activity.account_key = accounts.account_key
        union all
        select
            answers.customer_id,
            answers.answered_date as activity_date,
            answers.version_count as row_count,
            {%- for name in account_sums %}
            0 as {{ name }},
            {%- endfor %}
            1 as answer_count,
            answers.score as feedback_sum
        from {{ ref('int_survey__answers') }} as answers
        inner join bounds
            on
                answers.as_of_date = bounds.last_date
                and answers.answered_date > bounds.first_date
        where answers.score is not null
    ) as activity
    group by customer_id, activity_date
),

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

changed_days as (
    select distinct rows_now.activity_date
    from rows_now
    {%- if is_incremental() %}
    left join {{ this }} as rows_before
        on
            rows_now.segmentation = rows_before.segmentation
            and rows_now.segment_key = rows_before.segment_key
            and rows_now.activity_date = rows_before.activity_date
            and rows_now.as_of_date = rows_before.as_of_date
            and rows_now.customer_count = rows_before.customer_count
            and rows_now.counted_from = rows_before.counted_from
    where rows_before.activity_date is null
    {%- endif %}
),

changed_periods as (
    select day_periods.*
    from day_periods
    inner join changed_days
        on day_periods.activity_date = changed_days.activity_date
),

members as (
    select
        history.customer_id,
        history.segmentation,
        history.segment_key,
        history.as_of_date
    from {{ ref('segment_history') }} as history
    inner join (
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
    ) as dates
        on
            history.segmentation = dates.segmentation
            and history.as_of_date = dates.as_of_date
    left join unprofiled
        on history.customer_id = unprofiled.customer_id
    where unprofiled.customer_id is null
),

sides as (
    select
        changed_periods.segmentation,
        changed_periods.activity_date,
        members.customer_id,
        members.segment_key,
        case when members.as_of_date = changed_periods.as_of_date then 1 else 0 end as is_entry
    from changed_periods
    inner join members
        on
            changed_periods.segmentation = members.segmentation
            and (
                changed_periods.as_of_date = members.as_of_date
                or changed_periods.previous_date = members.as_of_date
            )
    where changed_periods.is_first_day = 1 and changed_periods.previous_date is not null
),

-- Who stayed is on both sides.
crossings as (
    select
        segmentation,
        activity_date,
        segment_key,
        sum(is_entry) as entry_count,
        sum(1 - is_entry) as exit_count
    from (
        select
            segmentation,
            activity_date,
            customer_id,
            segment_key,
            max(is_entry) as is_entry
        from sides
        group by segmentation, activity_date, customer_id, segment_key
        having count(*) = 1
    ) as moves
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
    inner join members
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
