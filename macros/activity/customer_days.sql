{#-
    CTEs that end in customer_days: one row per customer and day on which anything is known of them, as people are known
    at the latest date, with sums of what they did and row_count, the input rows behind it. `bounds` names a CTE of one row:
    days after first_date count, up to last_date, which ends at last_end. What follows a message within `window_days` days
    counts for the day of its sending.
-#}
{% macro customer_days(bounds, window_days) -%}
{%- set sums = [
    'session_count', 'converting_session_count', 'engaged_seconds', 'order_count', 'revenue', 'sent_count', 'opened_count',
    'clicked_count', 'unsubscribed_count',
] -%}
accounts as (
    select
        accounts.account_key,
        accounts.customer_id
    from {{ ref('int_identity__accounts') }} as accounts
    inner join {{ bounds }} as bounds
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
    inner join {{ bounds }} as bounds
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
    inner join {{ bounds }} as bounds
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
    inner join {{ bounds }} as bounds
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

-- Answers are known by customer already.
activity as (
    select
        accounts.customer_id,
        account_activity.activity_date,
        account_activity.row_count,
        {%- for name in sums %}
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
        {%- for name in sums %}
        0 as {{ name }},
        {%- endfor %}
        1 as answer_count,
        answers.score as feedback_sum
    from {{ ref('int_survey__answers') }} as answers
    inner join {{ bounds }} as bounds
        on
            answers.as_of_date = bounds.last_date
            and answers.answered_date > bounds.first_date
    where answers.score is not null
),

customer_days as (
    select
        customer_id,
        activity_date,
        sum(row_count) as row_count,
        {%- for name in sums + ['answer_count', 'feedback_sum'] %}
        sum({{ name }}) as {{ name }},
        {%- endfor %}
        case when sum(order_count) > 0 then 1 else 0 end as buyer_count
    from activity
    group by customer_id, activity_date
)
{%- endmacro %}
