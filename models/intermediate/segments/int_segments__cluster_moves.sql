{{ config(materialized='view') }}

{%- set inputs = clustering_inputs() -%}
{%- set parameter_names = ['is_used', 'fill_value', 'lambda', 'lower', 'upper', 'center', 'scale'] -%}

with

moved as (
    select * from {{ ref('int_segments__moves') }}
    where segmentation = 'cluster'
),

history as (
    select * from {{ ref('segment_history') }}
),

recorded_features as (
    select * from {{ ref('segment_history_features') }}
),

recorded_parameters as (
    select * from {{ ref('segmentation_parameters') }}
    where segmentation = 'cluster'
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

parameters as (
    select
        recorded_parameters.model_version
        {%- for input in inputs %}
        {%- for parameter in parameter_names %},
        max(
            case
                when recorded_parameters.name = '{{ input.name }}' and recorded_parameters.parameter = '{{ parameter }}'
                    then recorded_parameters.value
            end
        ) as {{ input.name }}_{{ parameter }}
        {%- endfor %}
        {%- endfor %}
    from recorded_parameters
    inner join as_of_dates
        on recorded_parameters.as_of_date = as_of_dates.as_of_date
    where recorded_parameters.record_type = 'feature'
    group by recorded_parameters.model_version
),

-- Where the model of today sees the customers, at both dates.
{%- for time in ['now', 'then'] %}
located_{{ time }} as (
    select
        customers.customer_id
        {{- ',\n        customers.segment_key' if time == 'now' }}
        {%- for input in inputs %},
        {{ clustering_feature_value(input.name, is_nominal=input.is_nominal) }} as {{ input.name }}
        {%- endfor %}
    {%- if time == 'now' %}
    from history as customers
    inner join as_of_dates
        on customers.as_of_date = as_of_dates.as_of_date
    inner join recorded_features as features
        on
            customers.customer_id = features.customer_id
            and customers.as_of_date = features.as_of_date
    {%- else %}
    from moved as customers
    inner join recorded_features as features
        on
            customers.customer_id = features.customer_id
            and customers.from_date = features.as_of_date
    {%- endif %}
    inner join parameters
        on customers.model_version = parameters.model_version
    {{ "where customers.segmentation = 'cluster'" if time == 'now' }}
),
{% endfor %}
centres as (
    select
        segment_key
        {%- for input in inputs %},
        avg({{ exact_number(input.name) }}) as {{ input.name }}
        {%- endfor %}
    from located_now
    -- Noise is everywhere, so its middle is nowhere.
    where segment_key <> 'cluster_noise'
    group by segment_key
),

-- How much nearer the customer came to the centre of the new segment, less to that of the old one, by each feature.
approached as (
    select
        moved.customer_id,
        moved.from_model_version,
        moved.model_version,
        case
            when moved.from_segment_key <> 'cluster_noise' and from_centre.segment_key is null then 1 else 0
        end as has_ended,
        case
            when from_centre.segment_key is not null and to_centre.segment_key is not null then 1 else 0
        end as has_both
        {%- for input in inputs %},
        {%- set name = input.name %}
        coalesce(power(located_then.{{ name }} - to_centre.{{ name }}, 2), 0)
        - coalesce(power(located_then.{{ name }} - from_centre.{{ name }}, 2), 0) as {{ name }}_then,
        coalesce(power(located_now.{{ name }} - to_centre.{{ name }}, 2), 0)
        - coalesce(power(located_now.{{ name }} - from_centre.{{ name }}, 2), 0) as {{ name }}_now
        {%- endfor %}
    from moved
    inner join located_then
        on moved.customer_id = located_then.customer_id
    inner join located_now
        on moved.customer_id = located_now.customer_id
    left join centres as from_centre
        on moved.from_segment_key = from_centre.segment_key
    left join centres as to_centre
        on moved.to_segment_key = to_centre.segment_key
),

steps as (
    select
        *
        {%- for input in inputs %},
        {{ round_to_six(input.name ~ '_now - ' ~ input.name ~ '_then') }} as {{ input.name }}_step
        {%- endfor %}
    from approached
),

summed as (
    select
        *,
        {% for input in inputs -%}
        {{ input.name }}_then{{ ' +' if not loop.last }}
        {% endfor -%}
        as distance_then,
        {% for input in inputs -%}
        {{ input.name }}_step{{ ' +' if not loop.last }}
        {% endfor -%}
        as step,
        {{ 'least(' if inputs | length > 1 }}
        {%- for input in inputs %}
        {{ input.name }}_step{{ ',' if not loop.last }}
        {%- endfor %}
        {{ ')' if inputs | length > 1 }} as largest_step
    from steps
)

select
    customer_id,
    -- The same model, or steps that lead from where the old segment was nearer to where the new one is.
    case
        when
            from_model_version = model_version
            or (has_ended = 0 and step < 0 and (has_both = 0 or distance_then > 0))
            then
                case
                    {%- for input in inputs %}
                    when {{ input.name }}_step = largest_step then '{{ input.name }}'
                    {%- endfor %}
                end
    end as measure
from summed
