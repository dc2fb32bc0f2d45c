{{ config(materialized='view') }}

with

customers as (
    select * from {{ ref('int_segments__customers') }}
    -- Null where orders are switched off: then nobody has a stage.
    where order_count is not null
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
