{%- set inputs = clustering_inputs() -%}
{%- set features = inputs | map(attribute='name') | list -%}
{%- set components = clustering_components() -%}
{%- set pca = var('clustering_pca_components') > 0 -%}
{%- set prototypes = range(1, (var('clustering_max_prototypes') | int) + 1) -%}

with

features as (
    select
        customer_id,
        as_of_date
        {%- for input in inputs %},
        {{ input.sql }} as {{ input.name }}
        {%- endfor %}
    from {{ ref('int_segments__customers') }}
),

artifacts as (
    select * from {{ ref('clustering_fit') }}
),

parameters as (
    select
        model_version
        {%- for feature in features %}
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
        {%- for input in inputs %},
        {{ clustering_feature_value(input.name, is_nominal=input.is_nominal) }}
        {{- ' - coalesce(parameters.' ~ input.name ~ '_pca_mean, 0)' if pca }} as {{ input.name }}
        {%- endfor %}
    from features
    cross join parameters
),

{% if pca -%}
loadings as (
    select
        model_version
        {%- for component in components %}
        {%- for feature in features %},
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
        {% for feature in features -%}
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

-- All prototypes side by side in one row, so that nobody has more than one row on the way to the nearest.
prototypes as (
    select
        model_version
        {%- for prototype in prototypes %},
        max(case when prototype_id = {{ prototype }} then cluster_id end) as cluster_id_{{ prototype }},
        max(
            case when prototype_id = {{ prototype }} and parameter = 'reach' then value end
        ) as reach_{{ prototype }}
        {%- for component in components %},
        max(
            case when prototype_id = {{ prototype }} and name = '{{ component }}' then value end
        ) as {{ component }}_{{ prototype }}
        {%- endfor %}
        {%- endfor %}
    from artifacts
    where record_type = 'prototype'
    group by model_version
),

-- A number that no prototype has is farther than all that there are.
distances as (
    select
        located.customer_id,
        located.as_of_date,
        prototypes.*
        {%- for prototype in prototypes %},
        case
            when prototypes.cluster_id_{{ prototype }} is null then cast(1e300 as {{ type_double() }})
            else
                {% for component in components -%}
                {%- set difference -%}
                (located.{{ component }} - coalesce(prototypes.{{ component }}_{{ prototype }}, 0))
                {%- endset -%}
                {{ difference }} * {{ difference }}
                {%- if not loop.last %}
                + {% endif %}
                {%- endfor %}
        end as squared_distance_{{ prototype }}
        {%- endfor %}
    from located
    cross join prototypes
),

nearest as (
    select
        *,
        least(
            {%- for prototype in prototypes %}
            squared_distance_{{ prototype }}{{ ',' if not loop.last }}
            {%- endfor %}
        ) as squared_distance
    from distances
)

-- Of prototypes equally near the first wins. Whoever is beyond its reach is noise, number 0.
select
    customer_id,
    as_of_date,
    model_version,
    case
        {%- for prototype in prototypes %}
        when squared_distance_{{ prototype }} = squared_distance
            then case when squared_distance > reach_{{ prototype }} then 0 else cluster_id_{{ prototype }} end
        {%- endfor %}
    end as cluster_id,
    squared_distance
from nearest
