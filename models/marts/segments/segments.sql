with

memberships as (
    select * from {{ ref('customer_segments') }}
),

definitions as (
    select * from {{ ref('segment_definitions') }}
),

cluster_names as (
    select
        'cluster_' || cast(cluster_id as {{ dbt.type_string() }}) as segment_key,
        max(detail) as name
    from {{ ref('clustering_fit') }}
    where record_type = 'cluster' and name = 'label'
    group by cluster_id
),

sizes as (
    select
        segmentation,
        segment_key,
        as_of_date,
        max(model_version) as model_version,
        count(*) as customer_count
    from memberships
    group by segmentation, segment_key, as_of_date
)

select
    cast(sizes.segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(sizes.segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(coalesce(definitions.name, cluster_names.name, sizes.segment_key) as {{ dbt.type_string() }}) as segment_name,
    cast(
        coalesce(definitions.description, 'Customers alike in ' || '{{ var("clustering_features") | join(", ") }}')
        as {{ dbt.type_string() }}
    ) as description,
    cast(sizes.customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(
        1.0 * sizes.customer_count
        / sum(sizes.customer_count) over (partition by sizes.segmentation, sizes.as_of_date) as {{ type_double() }}
    ) as customer_share,
    cast(sizes.as_of_date as date) as as_of_date,
    cast(sizes.model_version as {{ dbt.type_string() }}) as model_version
from sizes
left join definitions
    on sizes.segment_key = definitions.segment_key
left join cluster_names
    on sizes.segment_key = cluster_names.segment_key
