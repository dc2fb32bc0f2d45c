{{ config(
    materialized='incremental',
    incremental_strategy='append',
    on_schema_change='fail',
    full_refresh=false
) }}

-- Only what has passed the gates is recorded, as in segment_history.
-- depends_on: {{ ref('segments') }}
-- depends_on: {{ ref('clustering_candidates') }}
with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

events as (
    select * from {{ ref('cluster_keys') }}
)

select
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast('cluster' as {{ dbt.type_string() }}) as segmentation,
    cast(events.segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(events.event as {{ dbt.type_string() }}) as event,
    cast(events.other_segment_key as {{ dbt.type_string() }}) as other_segment_key,
    cast(events.segment_name as {{ dbt.type_string() }}) as segment_name,
    cast(events.automatic_name as {{ dbt.type_string() }}) as automatic_name,
    cast(events.cluster_id as {{ dbt.type_bigint() }}) as cluster_id,
    cast(events.model_version as {{ dbt.type_string() }}) as model_version,
    cast(events.reference_model_version as {{ dbt.type_string() }}) as reference_model_version,
    cast(events.reference_as_of_date as date) as reference_as_of_date,
    cast(events.compared_by as {{ dbt.type_string() }}) as compared_by,
    cast(events.customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(events.reference_customer_count as {{ dbt.type_bigint() }}) as reference_customer_count,
    cast(events.shared_count as {{ dbt.type_bigint() }}) as shared_count,
    cast(1.0 * events.shared_count / nullif(events.customer_count, 0) as {{ type_double() }}) as share_of_segment,
    cast(
        1.0 * events.shared_count / nullif(events.reference_customer_count, 0) as {{ type_double() }}
    ) as share_of_reference,
    cast(events.overlap as {{ type_double() }}) as overlap,
    cast(events.sentence as {{ dbt.type_string() }}) as sentence
from events
cross join as_of_dates
{%- if is_incremental() %}
where not exists (
    select 1 from {{ this }} as recorded
    where
        recorded.as_of_date = as_of_dates.as_of_date
        and recorded.model_version = events.model_version
)
{%- endif %}
