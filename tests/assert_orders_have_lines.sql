{{ config(tags=['gate'], severity='warn') }}

-- An order without a usable line is in no count and no revenue. A few are the dirt of every extract; more than one in a
-- hundred mean that lines are missing.
with

orders as (
    select order_id from {{ ref('stg_erp__orders') }}
),

orders_with_lines as (
    select distinct order_id from {{ ref('int_activity__order_lines') }}
),

counts as (
    select
        count(*) as order_count,
        count(*) - count(orders_with_lines.order_id) as empty_order_count
    from orders
    left join orders_with_lines
        on orders.order_id = orders_with_lines.order_id
)

select
    order_count,
    empty_order_count,
    cast(empty_order_count as {{ dbt.type_string() }}) || ' of ' || cast(order_count as {{ dbt.type_string() }})
    || ' orders have no usable line and count nowhere: look for their lines in rejected_rows and erp_order_lines'
        as message
from counts
where empty_order_count > 0.01 * order_count
