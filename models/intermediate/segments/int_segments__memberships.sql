{{ config(materialized='view') }}

{%- set sources = {
    'rfm': ref('int_segments__rfm'),
    'value': ref('int_segments__value'),
    'lifecycle': ref('int_segments__lifecycle'),
} -%}

with

clusters as (
    select * from {{ ref('int_segments__clusters') }}
),

cluster_keys as (
    select * from {{ ref('cluster_keys') }}
    where cluster_id is not null
),

memberships as (
    {%- for segmentation, source in sources.items() %}
    select
        '{{ segmentation }}' as segmentation,
        segment_key,
        customer_id,
        as_of_date,
        null as model_version
    from {{ source }}
    union all
    {%- endfor %}
    select
        'cluster' as segmentation,
        case when clusters.cluster_id = 0 then 'cluster_noise' else cluster_keys.segment_key end as segment_key,
        clusters.customer_id,
        clusters.as_of_date,
        clusters.model_version
    from clusters
    left join cluster_keys
        on clusters.cluster_id = cluster_keys.cluster_id
    {%- for segmentation in rule_segmentations() %}
    union all
    {{ rule_segmentation(segmentation) }}
    {%- endfor %}
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(as_of_date as date) as as_of_date,
    cast(model_version as {{ dbt.type_string() }}) as model_version
from memberships
