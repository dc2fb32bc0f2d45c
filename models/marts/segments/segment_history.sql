{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false,
    pre_hook="{{ strate.delete_unprofiled() }}"
) }}

-- Only what has passed the gates becomes history: where a test of these tables stops the build, this one is skipped.
-- depends_on: {{ ref('segments') }}
-- depends_on: {{ ref('clustering_candidates') }}
-- What explains a date is recorded before the date is, so that a build killed in between is made good by the next.
-- depends_on: {{ ref('segmentation_parameters') }}
-- depends_on: {{ ref('segment_lineage') }}
-- depends_on: {{ ref('segment_history_features') }}
with

memberships as (
    select * from {{ ref('customer_segments') }}
)

select
    cast(memberships.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(memberships.segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(memberships.segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(memberships.as_of_date as date) as as_of_date,
    cast(memberships.model_version as {{ dbt.type_string() }}) as model_version
from memberships
{%- if is_incremental() %}
where memberships.as_of_date not in (select distinct history.as_of_date from {{ this }} as history)
{%- endif %}
