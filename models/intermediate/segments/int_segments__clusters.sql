{%- set components = clustering_components() -%}
{%- set pca = var('clustering_pca_components') > 0 -%}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

features as (
    select customer_features.*
    from {{ ref('customer_features') }} as customer_features
    inner join as_of_dates
        on customer_features.as_of_date = as_of_dates.as_of_date
),

artifacts as (
    select * from {{ ref('clustering_fit') }}
),

parameters as (
    select
        model_version
        {%- for feature in var('clustering_features') %}
        {%- for parameter in ['is_used', 'fill_value', 'lambda', 'lower', 'upper', 'center', 'scale', 'pca_mean'] %},
        max(
            case when name = '{{ feature }}' and parameter = '{{ parameter }}' then value end
        ) as {{ feature }}_{{ parameter }}
        {%- endfor %}
        {%- endfor %}
    from artifacts
    where record_type = 'feature'
    group by model_version
),

scaled as (
    select
        features.customer_id,
        features.as_of_date
        {%- for feature in var('clustering_features') %},
        {{ clustering_feature_value(feature) }}
        {{- ' - coalesce(parameters.' ~ feature ~ '_pca_mean, 0)' if pca }} as {{ feature }}
        {%- endfor %}
    from features
    cross join parameters
),

{% if pca -%}
loadings as (
    select
        model_version
        {%- for component in components %}
        {%- for feature in var('clustering_features') %},
        coalesce(
            max(case when name = '{{ feature }}' and parameter = '{{ component }}' then value end), 0
        ) as {{ component }}_{{ feature }}
        {%- endfor %}
        {%- endfor %}
    from artifacts
    where record_type = 'component'
    group by model_version
),

located as (
    select
        scaled.customer_id,
        scaled.as_of_date
        {%- for component in components %},
        {% for feature in var('clustering_features') -%}
        scaled.{{ feature }} * loadings.{{ component }}_{{ feature }}{{ ' + ' if not loop.last }}
        {%- endfor %} as {{ component }}
        {%- endfor %}
    from scaled
    cross join loadings
),
{%- else -%}
located as (
    select * from scaled
),
{%- endif %}

prototypes as (
    select
        model_version,
        prototype_id,
        cluster_id
        {%- for component in components %},
        coalesce(max(case when name = '{{ component }}' then value end), 0) as {{ component }}
        {%- endfor %}
    from artifacts
    where record_type = 'prototype'
    group by model_version, prototype_id, cluster_id
),

distances as (
    select
        located.customer_id,
        located.as_of_date,
        prototypes.model_version,
        prototypes.cluster_id,
        prototypes.prototype_id,
        {% for component in components -%}
        (located.{{ component }} - prototypes.{{ component }}) * (located.{{ component }} - prototypes.{{ component }})
        {%- if not loop.last %}
        + {% endif %}
        {%- endfor %} as squared_distance
    from located
    cross join prototypes
),

ranked as (
    select
        *,
        row_number() over (partition by customer_id order by squared_distance, prototype_id) as prototype_rank
    from distances
)

select
    customer_id,
    as_of_date,
    model_version,
    cluster_id,
    squared_distance
from ranked
where prototype_rank = 1
