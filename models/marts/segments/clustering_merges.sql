with

artifacts as (
    select * from {{ ref('clustering_fit') }}
    where record_type = 'merge'
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

steps as (
    select
        model_version,
        prototype_id as step,
        cluster_id as absorbed_cluster
        {%- for name in ['into_cluster', 'absorbed_size', 'into_size', 'distance', 'gap', 'explained_share'] %},
        max(case when name = '{{ name }}' then value end) as {{ name }}
        {%- endfor %},
        max(case when name = 'reason' then detail end) as reason,
        max(case when name = 'sentence' then detail end) as sentence
    from artifacts
    group by model_version, prototype_id, cluster_id
)

select
    cast(steps.model_version as {{ dbt.type_string() }}) as model_version,
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast(steps.step as {{ dbt.type_bigint() }}) as step,
    cast(steps.absorbed_cluster as {{ dbt.type_bigint() }}) as absorbed_cluster,
    cast(steps.into_cluster as {{ dbt.type_bigint() }}) as into_cluster,
    cast(steps.reason as {{ dbt.type_string() }}) as reason,
    cast(steps.sentence as {{ dbt.type_string() }}) as sentence,
    cast(steps.absorbed_size as {{ dbt.type_bigint() }}) as absorbed_size,
    cast(steps.into_size as {{ dbt.type_bigint() }}) as into_size,
    cast(steps.distance as {{ type_double() }}) as distance,
    cast(steps.gap as {{ type_double() }}) as gap,
    cast(steps.explained_share as {{ type_double() }}) as explained_share
from steps
cross join as_of_dates
