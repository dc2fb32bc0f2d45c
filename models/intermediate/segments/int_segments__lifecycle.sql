with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

customers as (
    select
        customer_features.customer_id,
        customer_features.as_of_date,
        customer_features.order_count,
        customer_features.recency_days,
        customer_features.days_since_first_order,
        customer_features.last_order_gap_days
    from {{ ref('customer_features') }} as customer_features
    inner join as_of_dates
        on customer_features.as_of_date = as_of_dates.as_of_date
    where customer_features.order_count is not null
)

select
    customer_id,
    as_of_date,
    case
        when order_count = 0 then 'lifecycle_never_bought'
        when days_since_first_order <= {{ var('lifecycle_new_days') }} then 'lifecycle_new'
        when recency_days > {{ var('lifecycle_lapsed_days') }} then 'lifecycle_lapsed'
        when recency_days > {{ var('lifecycle_active_days') }} then 'lifecycle_cooling'
        when last_order_gap_days > {{ var('lifecycle_lapsed_days') }} then 'lifecycle_reactivated'
        else 'lifecycle_active'
    end as segment_key
from customers
