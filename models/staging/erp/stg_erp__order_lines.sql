{{ config(materialized='view') }}

with

base as (
    select * from {{ ref('base_erp__order_lines') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by order_line_id
            order by changed_at desc, booked_at desc, order_id, product_id, quantity, unit_price, discount_amount
        ) as version_number,
        count(*) over (partition by order_line_id) as version_count
    from base
    where reject_reason is null
)

select
    order_line_id,
    order_id,
    product_id,
    quantity,
    unit_price,
    discount_amount,
    booked_at,
    changed_at,
    version_count
from versions
where version_number = 1
