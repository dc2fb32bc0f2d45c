{%- set metrics = [
    'silhouette', 'davies_bouldin', 'calinski_harabasz', 'density_validity', 'conductance', 'cut_contrast',
    'inertia', 'stability', 'stability_low', 'generalisation', 'null_p_value', 'agreement', 'noise_share',
] -%}

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
        max(case when name = 'reason' then detail end) as reason,
        max(case when name = 'confidence' then detail end) as confidence,
        max(case when name = 'confidence_reason' then detail end) as confidence_reason
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
        {%- for metric in metrics + [
            'prototype_count', 'smallest_cluster_size', 'is_eligible', 'is_chosen', 'elbow', 'seconds',
        ] %},
        max(case when name = '{{ metric }}' then value end) as {{ metric }}
        {%- endfor %}
        {%- for text in ['parameters', 'state', 'state_reason'] %},
        max(case when name = '{{ text }}' then detail end) as {{ text }}
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
    cast(candidates.parameters as {{ dbt.type_string() }}) as parameters,
    cast(candidates.state as {{ dbt.type_string() }}) as state,
    cast(candidates.state_reason as {{ dbt.type_string() }}) as state_reason,
    {%- for metric in metrics %}
    cast(candidates.{{ metric }} as {{ type_double() }}) as {{ metric }},
    {%- endfor %}
    cast(candidates.prototype_count as {{ dbt.type_bigint() }}) as prototype_count,
    cast(candidates.smallest_cluster_size as {{ dbt.type_bigint() }}) as smallest_cluster_size,
    cast(coalesce(candidates.is_eligible = 1, false) as boolean) as is_eligible,
    cast(coalesce(candidates.is_chosen = 1, false) as boolean) as is_chosen,
    cast(coalesce(candidates.elbow = 1, false) as boolean) as is_elbow,
    cast(models.outcome as {{ dbt.type_string() }}) as outcome,
    cast(models.reason as {{ dbt.type_string() }}) as reason,
    cast(models.confidence as {{ dbt.type_string() }}) as confidence,
    cast(models.confidence_reason as {{ dbt.type_string() }}) as confidence_reason,
    cast(candidates.seconds as {{ type_double() }}) as fit_seconds
from models
left join candidates
    on models.model_version = candidates.model_version
cross join as_of_dates
