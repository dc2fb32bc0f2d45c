{{ config(enabled=scores_are_on()) }}

{%- set horizon_days = var('score_horizon_days') | int %}

with

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

accounts as (
    select
        as_of_date,
        account_key,
        customer_id
    from {{ ref('int_identity__accounts') }}
    where not is_test
),

order_days as (
    {{ order_days(ref('int_activity__order_lines'), ref('stg_erp__products')) }}
),

known_orders as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        order_days.order_date,
        case when sum(order_days.gross_amount) > 0 then order_days.order_date end as purchase_date,
        sum(order_days.net_amount) as net_amount,
        sum(order_days.costed_amount) as costed_amount,
        sum(order_days.margin) as margin
    from order_days
    inner join accounts
        on
            order_days.account_key = accounts.account_key
            and order_days.booked_date <= accounts.as_of_date
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where order_days.cancelled_at is null or order_days.cancelled_at >= as_of_dates.as_of_end
    group by accounts.as_of_date, accounts.customer_id, order_days.order_id, order_days.order_date
),

known_days as (
    select
        as_of_date,
        customer_id,
        order_date,
        max(purchase_date) as purchase_date,
        sum(net_amount) as net_amount,
        sum(costed_amount) as costed_amount,
        sum(margin) as margin
    from known_orders
    group by as_of_date, customer_id, order_date
),

dated_days as (
    select
        as_of_date,
        customer_id,
        order_date,
        purchase_date,
        net_amount,
        costed_amount,
        margin,
        min(purchase_date) over (partition by as_of_date, customer_id) as first_date
    from known_days
),

histories as (
    select
        as_of_date,
        customer_id,
        count(purchase_date) - 1 as repeat_count,
        {{ days_between('min(purchase_date)', 'max(purchase_date)') }} as clv_recency_days,
        {{ days_between('min(purchase_date)', 'as_of_date') }} as customer_age_days,
        max(purchase_date) as last_purchase_date,
        -- Returns that are orders of their own lower it, as they lower revenue.
        sum(case when order_date > first_date then net_amount else 0 end) as repeat_revenue,
        sum(net_amount) as revenue,
        sum(costed_amount) as costed_revenue,
        sum(margin) as margin
    from dated_days
    where first_date is not null
    group by as_of_date, customer_id
),

-- Whoever learns at a date may know of a horizon that was over by then, with the identities of then.
horizons as (
    select
        starts.as_of_date,
        {{ add_days('starts.as_of_date', horizon_days) }} as horizon_end,
        min(ends.as_of_date) as outcome_known_on
    from as_of_dates as starts
    inner join as_of_dates as ends
        on ends.as_of_date >= {{ add_days('starts.as_of_date', horizon_days) }}
    group by starts.as_of_date
),

-- An account that was not known yet at the date counts for whom it turned out to belong to.
future_accounts as (
    select
        horizons.as_of_date,
        horizons.horizon_end,
        later.account_key,
        coalesce(accounts.customer_id, later.customer_id) as customer_id
    from horizons
    inner join accounts as later
        on horizons.outcome_known_on = later.as_of_date
    left join accounts
        on
            horizons.as_of_date = accounts.as_of_date
            and later.account_key = accounts.account_key
),

future_orders as (
    select
        future_accounts.as_of_date,
        future_accounts.customer_id,
        order_days.order_date,
        case
            when sum(order_days.gross_amount) > 0 and order_days.order_date > future_accounts.as_of_date
                then order_days.order_date
        end as purchase_date,
        sum(order_days.net_amount) as net_amount
    from order_days
    inner join future_accounts
        on
            order_days.account_key = future_accounts.account_key
            and order_days.booked_date > future_accounts.as_of_date
            and order_days.booked_date <= future_accounts.horizon_end
    where
        order_days.cancelled_at is null
        or cast(order_days.cancelled_at as date) > future_accounts.horizon_end
    group by
        future_accounts.as_of_date, future_accounts.customer_id, order_days.order_id, order_days.order_date
),

future_days as (
    select
        as_of_date,
        customer_id,
        max(purchase_date) as purchase_date,
        sum(net_amount) as net_amount
    from future_orders
    group by as_of_date, customer_id, order_date
),

futures as (
    select
        as_of_date,
        customer_id,
        count(purchase_date) as future_purchase_count,
        max(purchase_date) as last_purchase_date,
        sum(net_amount) as future_revenue
    from future_days
    group by as_of_date, customer_id
),

-- Messages of the horizon that arrived: what was opened did, whatever an earlier bounce said.
responses as (
    select
        future_accounts.as_of_date,
        future_accounts.customer_id,
        max(
            case when cast(touches.clicked_at as date) <= future_accounts.horizon_end then 1 else 0 end
        ) as has_clicked
    from {{ ref('int_activity__campaign_touches') }} as touches
    inner join future_accounts
        on
            touches.account_key = future_accounts.account_key
            and touches.touch_date > future_accounts.as_of_date
            and touches.touch_date <= future_accounts.horizon_end
    where
        touches.bounced_at is null
        or cast(touches.bounced_at as date) > future_accounts.horizon_end
        or cast(touches.opened_at as date) <= future_accounts.horizon_end
    group by future_accounts.as_of_date, future_accounts.customer_id
),

-- Who may not be profiled is not in customer_features, so neither here.
customers as (
    select
        features.customer_id,
        features.as_of_date,
        as_of_dates.is_latest,
        horizons.outcome_known_on,
        histories.repeat_count,
        histories.clv_recency_days,
        histories.customer_age_days,
        histories.repeat_revenue / nullif(histories.repeat_count, 0) as mean_repeat_value,
        histories.revenue,
        histories.costed_revenue,
        histories.margin,
        case
            when
                {{ days_between('histories.last_purchase_date', 'features.as_of_date') }}
                <= {{ var('churn_active_days') }}
                then 1
            else 0
        end as is_active,
        {%- if is_on('erp_orders') %}
        case when horizons.as_of_date is not null then coalesce(futures.future_purchase_count, 0) end
            as future_purchase_count,
        case when horizons.as_of_date is not null then coalesce(futures.future_revenue, 0) end as future_revenue,
        {{ days_between('coalesce(futures.last_purchase_date, histories.last_purchase_date)', 'horizons.horizon_end') }}
            as future_silence_days,
        {%- else %}
        cast(null as {{ dbt.type_bigint() }}) as future_purchase_count,
        cast(null as {{ type_double() }}) as future_revenue,
        cast(null as {{ dbt.type_bigint() }}) as future_silence_days,
        {%- endif %}
        responses.has_clicked
    from {{ ref('customer_features') }} as features
    inner join as_of_dates
        on features.as_of_date = as_of_dates.as_of_date
    left join horizons
        on features.as_of_date = horizons.as_of_date
    left join histories
        on
            features.as_of_date = histories.as_of_date
            and features.customer_id = histories.customer_id
    left join futures
        on
            features.as_of_date = futures.as_of_date
            and features.customer_id = futures.customer_id
    left join responses
        on
            features.as_of_date = responses.as_of_date
            and features.customer_id = responses.customer_id
)

select
    customer_id,
    as_of_date,
    is_latest,
    outcome_known_on,
    repeat_count,
    clv_recency_days,
    customer_age_days,
    cast({{ round_to_six('mean_repeat_value') }} as {{ type_double() }}) as mean_repeat_value,
    cast(revenue as {{ type_double() }}) as revenue,
    cast(costed_revenue as {{ type_double() }}) as costed_revenue,
    cast(margin as {{ type_double() }}) as margin,
    future_purchase_count,
    cast(future_revenue as {{ type_double() }}) as future_revenue,
    future_purchase_count > 0 as has_bought,
    has_clicked = 1 as has_clicked,
    case
        when is_active = 0 or future_purchase_count is null then null
        {%- if var('churn_rule') == 'rhythm' %}
        -- Two gaps make a rhythm; as a product, since days are whole and their mean is not.
        when repeat_count >= 2
            then future_silence_days * repeat_count > {{ var('churn_rhythm_factor') }} * clv_recency_days
        {%- endif %}
        else future_purchase_count = 0
    end as has_churned,
    row_number() over (
        partition by as_of_date, case when repeat_count is null then 0 else 1 end
        -- The order of the hashes is as good as random, and the same on every run and engine.
        order by {{ hash_text('customer_id') }}, customer_id
    ) <= {{ var('score_sample_size') }} as is_in_sample
from customers
