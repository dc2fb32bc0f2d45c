with

artifacts as (
    select * from {{ ref('clustering_fit') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

models as (
    select
        model_version,
        max(case when name = 'outcome' then detail end) as outcome,
        max(case when name = 'reason' then detail end) as reason
    from artifacts
    where record_type = 'model'
    group by model_version
),

candidates as (
    select
        model_version,
        algorithm,
        candidate_id,
        k
        {%- for metric in [
            'silhouette', 'davies_bouldin', 'calinski_harabasz', 'inertia', 'smallest_cluster_size', 'is_chosen',
            'elbow', 'seconds',
        ] %},
        max(case when name = '{{ metric }}' then value end) as {{ metric }}
        {%- endfor %}
    from artifacts
    where record_type = 'candidate'
    group by model_version, algorithm, candidate_id, k
)

select
    cast(models.model_version as {{ dbt.type_string() }}) as model_version,
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast(coalesce(candidates.candidate_id, 'none') as {{ dbt.type_string() }}) as candidate_id,
    cast(candidates.algorithm as {{ dbt.type_string() }}) as algorithm,
    cast(candidates.k as {{ dbt.type_bigint() }}) as cluster_count,
    cast(candidates.silhouette as {{ type_double() }}) as silhouette,
    cast(candidates.davies_bouldin as {{ type_double() }}) as davies_bouldin,
    cast(candidates.calinski_harabasz as {{ type_double() }}) as calinski_harabasz,
    cast(candidates.inertia as {{ type_double() }}) as inertia,
    cast(candidates.smallest_cluster_size as {{ dbt.type_bigint() }}) as smallest_cluster_size,
    cast(coalesce(candidates.is_chosen = 1, false) as boolean) as is_chosen,
    cast(coalesce(candidates.elbow = 1, false) as boolean) as is_elbow,
    cast(models.outcome as {{ dbt.type_string() }}) as outcome,
    cast(models.reason as {{ dbt.type_string() }}) as reason,
    cast(candidates.seconds as {{ type_double() }}) as fit_seconds
from models
left join candidates
    on models.model_version = candidates.model_version
cross join as_of_dates
