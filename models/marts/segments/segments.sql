with

memberships as (
    select * from {{ ref('customer_segments') }}
),

definitions as (
    select * from {{ ref('segment_definitions') }}
),

-- What a person calls a segment.
given_names as (
    select * from {{ var('segment_names') }}
),

cluster_names as (
    select
        segment_key,
        segment_name as name
    from {{ ref('cluster_keys') }}
    where cluster_id is not null
),

rules as (
    select
        segment_key,
        segment_name as name,
        description
    from {{ ref('segment_rules') }}
    union all
    select
        segmentation || '_rest' as segment_key,
        'Rest of ' || segmentation as name,
        'Customers for whom no rule of ' || segmentation || ' holds' as description
    from {{ ref('segment_rules') }}
    where is_exclusive
    group by segmentation
),

hybrids as (
    select
        segment_key,
        max(segment_name) as name,
        case
            when count(*) = 1 then 'Customers for whom all of this holds'
            else
                'Customers of ' || cast(count(*) as {{ dbt.type_string() }})
                || ' cells, joined because some were too small; hybrid_cells has them'
        end as description
    from {{ ref('hybrid_cells') }}
    group by segment_key
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
    cast(
        coalesce(
            given_names.name, definitions.name, rules.name, hybrids.name, cluster_names.name, sizes.segment_key
        )
        as {{ dbt.type_string() }}
    ) as segment_name,
    cast(
        coalesce(
            given_names.description,
            definitions.description,
            rules.description,
            hybrids.description,
            'Customers alike in ' || '{{ var("clustering_features") | join(", ") }}'
        )
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
left join given_names
    on sizes.segment_key = given_names.segment_key
left join definitions
    on sizes.segment_key = definitions.segment_key
left join rules
    on sizes.segment_key = rules.segment_key
left join hybrids
    on sizes.segment_key = hybrids.segment_key
left join cluster_names
    on sizes.segment_key = cluster_names.segment_key
