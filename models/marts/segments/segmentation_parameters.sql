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

artifacts as (
    select * from {{ ref('clustering_fit') }}
),

keys as (
    select * from {{ ref('cluster_keys') }}
    where cluster_id is not null
),

cuts as (
    select * from {{ ref('segmentation_cuts') }}
),

parameters as (
    -- How the other candidates did is no part of the model, and how long it took is never the same.
    select
        'cluster' as segmentation
        {%- for name, type in clustering_artifact_columns() %},
        {{ name }}
        {%- endfor %}
    from artifacts
    where
        record_type <> 'candidate'
        and name <> 'seconds'
        and model_version in (select keys.model_version from keys)
    union all
    select
        'cluster' as segmentation,
        'key' as record_type,
        model_version,
        null as algorithm,
        null as candidate_id,
        null as k,
        cluster_id,
        null as prototype_id,
        segment_key as name,
        null as parameter,
        null as value,
        segment_name as detail
    from keys
    union all
    select
        segmentation,
        'cut' as record_type,
        null as model_version,
        null as algorithm,
        null as candidate_id,
        null as k,
        null as cluster_id,
        null as prototype_id,
        measure as name,
        level as parameter,
        cut_value as value,
        side as detail
    from cuts
    {%- for segmentation, measure, level, side, cut_value in fixed_cuts() %}
    union all
    select
        '{{ segmentation }}' as segmentation,
        'cut' as record_type,
        null as model_version,
        null as algorithm,
        null as candidate_id,
        null as k,
        null as cluster_id,
        null as prototype_id,
        '{{ measure }}' as name,
        '{{ level }}' as parameter,
        {{ cut_value }} as value,
        '{{ side }}' as detail
    from as_of_dates
    {%- endfor %}
)

select
    cast(
        {%- if is_incremental() %}
        (select coalesce(max(recorded.entry_number), 0) from {{ this }} as recorded) +
        {%- endif %}
        1
        as {{ dbt.type_bigint() }}
    ) as entry_number,
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast(parameters.segmentation as {{ dbt.type_string() }}) as segmentation
    {%- for name, type in clustering_artifact_columns() %},
    cast(parameters.{{ name }} as {{ type }}) as {{ name }}
    {%- endfor %}
from parameters
cross join as_of_dates
{%- if is_incremental() %}
where not exists (
    select 1 from {{ this }} as recorded
    where
        recorded.as_of_date = as_of_dates.as_of_date
        and coalesce(recorded.model_version, 'rules') = coalesce(parameters.model_version, 'rules')
)
{%- endif %}
