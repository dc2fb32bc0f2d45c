{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false
) }}

-- Only what has passed the gates becomes history: where a test of these tables stops the build, this one is skipped.
-- depends_on: {{ ref('segments') }}
-- depends_on: {{ ref('clustering_candidates') }}
with

memberships as (
    select * from {{ ref('customer_segments') }}
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(as_of_date as date) as as_of_date,
    cast(model_version as {{ dbt.type_string() }}) as model_version
from memberships
{%- if is_incremental() %}
where as_of_date not in (select as_of_date from {{ this }})
{%- endif %}
