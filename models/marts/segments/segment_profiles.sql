with

memberships as (
    select * from {{ ref('customer_segments') }}
),

-- As numbers, so that a boolean feature has a mean too: the share of customers for whom it is true. As exact ones, so
-- that means do not depend on the order in which an engine adds up.
features as (
    select
        customer_id,
        as_of_date
        {%- for feature in profile_features() %},
        {{ exact_number(feature) }} as {{ feature }}
        {%- endfor %}
    from {{ ref('int_segments__customers') }}
),

joined as (
    select
        memberships.segmentation,
        memberships.segment_key,
        memberships.as_of_date
        {%- for feature in profile_features() %},
        features.{{ feature }}
        {%- endfor %}
    from memberships
    inner join features
        on
            memberships.customer_id = features.customer_id
            and memberships.as_of_date = features.as_of_date
),

-- All features in one pass and one row per segment; only that small result is turned into one row per feature.
segment_values as (
    select
        segmentation,
        segment_key,
        as_of_date
        {%- for feature in profile_features() %},
        count({{ feature }}) as {{ feature }}_count,
        avg({{ feature }}) as {{ feature }}_mean,
        {{ median(feature) }} as {{ feature }}_median
        {%- endfor %}
    from joined
    group by segmentation, segment_key, as_of_date
),

population_values as (
    select
        as_of_date
        {%- for feature in profile_features() %},
        avg({{ feature }}) as {{ feature }}_mean,
        stddev_samp({{ feature }}) as {{ feature }}_deviation
        {%- endfor %}
    from features
    group by as_of_date
),

profiles as (
    {%- for feature in profile_features() %}
    select
        segment_values.segmentation,
        segment_values.segment_key,
        segment_values.as_of_date,
        '{{ feature }}' as feature,
        '{{ feature_label(feature).label }}' as feature_label,
        '{{ feature_label(feature).kind }}' as feature_kind,
        segment_values.{{ feature }}_count as known_count,
        segment_values.{{ feature }}_mean as segment_mean,
        segment_values.{{ feature }}_median as segment_median,
        population_values.{{ feature }}_mean as population_mean,
        population_values.{{ feature }}_deviation as population_deviation
    from segment_values
    inner join population_values
        on segment_values.as_of_date = population_values.as_of_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(as_of_date as date) as as_of_date,
    cast(feature as {{ dbt.type_string() }}) as feature,
    cast(feature_label as {{ dbt.type_string() }}) as feature_label,
    cast(feature_kind as {{ dbt.type_string() }}) as feature_kind,
    cast(known_count as {{ dbt.type_bigint() }}) as known_count,
    cast({{ round_to_six('segment_mean') }} as {{ type_double() }}) as segment_mean,
    cast({{ round_to_six('segment_median') }} as {{ type_double() }}) as segment_median,
    cast({{ round_to_six('population_mean') }} as {{ type_double() }}) as population_mean,
    cast(
        {{ round_to_six('(segment_mean - population_mean) / nullif(population_deviation, 0)') }} as {{ type_double() }}
    ) as standardised_difference
from profiles
