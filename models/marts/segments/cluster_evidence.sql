with

artifacts as (
    select * from {{ ref('clustering_fit') }}
    where record_type = 'cluster'
),

keys as (
    select * from {{ ref('cluster_keys') }}
    where cluster_id is not null
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

clusters as (
    select
        model_version,
        cluster_id
        {%- for name in [
            'size', 'recovery', 'jaccard', 'nearest_cluster', 'gap', 'features_apart', 'revenue_adds',
            'next_revenue_adds',
        ] %},
        max(case when name = '{{ name }}' then value end) as {{ name }}
        {%- endfor %},
        max(case when name = 'strongest_feature' then detail end) as strongest_feature
    from artifacts
    group by model_version, cluster_id
)

select
    cast(clusters.model_version as {{ dbt.type_string() }}) as model_version,
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast(keys.segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(clusters.cluster_id as {{ dbt.type_bigint() }}) as cluster_id,
    cast(clusters.size as {{ dbt.type_bigint() }}) as sample_size,
    cast(clusters.recovery as {{ type_double() }}) as recovery_share,
    cast(clusters.jaccard as {{ type_double() }}) as mean_jaccard,
    cast(nearest_keys.segment_key as {{ dbt.type_string() }}) as nearest_segment_key,
    cast(clusters.gap as {{ type_double() }}) as gap,
    cast(clusters.features_apart as {{ dbt.type_bigint() }}) as feature_apart_count,
    cast(clusters.strongest_feature as {{ dbt.type_string() }}) as strongest_feature,
    cast(clusters.revenue_adds as {{ type_double() }}) as revenue_adds,
    cast(clusters.next_revenue_adds as {{ type_double() }}) as next_revenue_adds
from clusters
cross join as_of_dates
left join keys
    on clusters.cluster_id = keys.cluster_id
left join keys as nearest_keys
    on clusters.nearest_cluster = nearest_keys.cluster_id
