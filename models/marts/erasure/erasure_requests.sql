{{ config(materialized='view', enabled=var('erasure_requests') is not none) }}

with

source as (
    {{ input_rows('erasure_requests') }}
)

select
    request_id,
    customer_id,
    crm_customer_id,
    erp_customer_id,
    user_id,
    anonymous_id,
    email,
    phone,
    requested_at
from source
