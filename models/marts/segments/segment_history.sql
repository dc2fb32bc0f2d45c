{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='as_of_date',
    on_schema_change='fail',
    full_refresh=false
) }}

select
    customer_id,
    segmentation,
    segment_key,
    as_of_date,
    model_version
from {{ ref('customer_segments') }}
