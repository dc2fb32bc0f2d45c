{{ config(materialized='view') }}

with

source as (
    {{ input_rows('erp_products') }}
)

select
    product_id,
    product_name,
    lower(category) as category,
    brand,
    unit_cost,
    case when {{ is_possible_date('updated_at') }} then updated_at end as updated_at,
    {{ reject_reason('erp_products') }} as reject_reason
from source
