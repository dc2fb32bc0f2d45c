{%- set inputs = clustering_inputs() | rejectattr('is_nominal') | list -%}
{%- set outliers = var('outlier_features') -%}
{%- set threshold = var('outlier_threshold') -%}

with

features as (
    select * from {{ ref('customer_features') }}
),

{% if outliers -%}
logarithms as (
    select
        customer_id,
        as_of_date
        {%- for feature in outliers %},
        cast(
            {{ signed_log(exact_number(feature)) }} as {{ type_double() }}
        ) as {{ feature }}
        {%- endfor %}
    from features
),

medians as (
    select
        as_of_date
        {%- for feature in outliers %},
        {{ median(feature) }} as {{ feature }}
        {%- endfor %}
    from logarithms
    group by as_of_date
),

deviations as (
    select
        logarithms.customer_id,
        logarithms.as_of_date
        {%- for feature in outliers %},
        logarithms.{{ feature }} - medians.{{ feature }} as {{ feature }}
        {%- endfor %}
    from logarithms
    inner join medians
        on logarithms.as_of_date = medians.as_of_date
),

-- Half of the customers may have one value, such as no order. The median deviation is 0 then; the mean one stands in.
spreads as (
    select
        as_of_date
        {%- for feature in outliers %},
        coalesce(
            nullif({{ median('abs(' ~ feature ~ ')') }} / 0.6745, 0),
            cast(avg({{ exact_number('abs(' ~ feature ~ ')') }}) as {{ type_double() }}) * 1.253314
        ) as {{ feature }}
        {%- endfor %}
    from deviations
    group by as_of_date
),
{%- endif %}

parameters as (
    select
        model_version
        {%- for input in inputs %}
        {%- for parameter in ['is_used', 'lambda', 'lower', 'upper'] %},
        max(
            case when name = '{{ input.name }}' and parameter = '{{ parameter }}' then value end
        ) as {{ input.name }}_{{ parameter }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('clustering_fit') }}
    where record_type = 'feature'
    group by model_version
),

clustered as (
    select
        features.customer_id,
        features.as_of_date
        {%- for input in inputs %},
        {{ input.sql }} as {{ input.name }},
        {{ clustering_transform('(' ~ input.sql ~ ')', 'parameters.' ~ input.name ~ '_lambda') }}
            as {{ input.name }}_transformed,
        case when parameters.{{ input.name }}_is_used = 1 then parameters.{{ input.name }}_lower end
            as {{ input.name }}_lower,
        case when parameters.{{ input.name }}_is_used = 1 then parameters.{{ input.name }}_upper end
            as {{ input.name }}_upper,
        parameters.{{ input.name }}_lambda
        {%- endfor %}
    from features
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on features.as_of_date = as_of_dates.as_of_date
    cross join parameters
    where as_of_dates.is_latest
),

anomalies as (
    {%- for input in inputs %}
    select
        customer_id,
        as_of_date,
        '{{ input.name }}' as feature,
        'clustering_clip' as rule,
        {{ input.name }} as value,
        case when {{ input.name }}_transformed > {{ input.name }}_upper then 'above' else 'below' end as side,
        {{ clustering_transform_inverse(
            'case when ' ~ input.name ~ '_transformed > ' ~ input.name ~ '_upper then ' ~ input.name ~ '_upper else '
            ~ input.name ~ '_lower end',
            input.name ~ '_lambda'
        ) }} as bound,
        cast(null as {{ type_double() }}) as modified_z_score
    from clustered
    where {{ input.name }}_transformed > {{ input.name }}_upper or {{ input.name }}_transformed < {{ input.name }}_lower
    {{- '\n    union all' if not loop.last or outliers }}
    {%- endfor %}
    {%- for feature in outliers %}
    select
        deviations.customer_id,
        deviations.as_of_date,
        '{{ feature }}' as feature,
        'modified_z_score' as rule,
        cast(features.{{ feature }} as {{ type_double() }}) as value,
        case when deviations.{{ feature }} > 0 then 'above' else 'below' end as side,
        {%- set bound -%}
        (medians.{{ feature }} + sign(deviations.{{ feature }}) * {{ threshold }} * spreads.{{ feature }})
        {%- endset %}
        {{ signed_exp(bound) }} as bound,
        deviations.{{ feature }} / spreads.{{ feature }} as modified_z_score
    from deviations
    inner join features
        on
            deviations.customer_id = features.customer_id
            and deviations.as_of_date = features.as_of_date
    inner join medians
        on deviations.as_of_date = medians.as_of_date
    inner join spreads
        on deviations.as_of_date = spreads.as_of_date
    where abs(deviations.{{ feature }}) > {{ threshold }} * spreads.{{ feature }}
    {{- '\n    union all' if not loop.last }}
    {%- endfor %}
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(as_of_date as date) as as_of_date,
    cast(feature as {{ dbt.type_string() }}) as feature,
    cast(rule as {{ dbt.type_string() }}) as rule,
    cast(value as {{ type_double() }}) as value,
    cast(side as {{ dbt.type_string() }}) as side,
    cast({{ round_to_six('bound') }} as {{ type_double() }}) as bound,
    cast({{ round_to_six('modified_z_score') }} as {{ type_double() }}) as modified_z_score
from anomalies
