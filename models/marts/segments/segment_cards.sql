{%- set named, listed, typical = 3, 5, 8 -%}
{%- set least_customers = 5 -%}

with

segments as (
    select * from {{ ref('segments') }}
),

profiles as (
    select
        *,
        case feature
            {%- for feature in profile_features() %}
            when '{{ feature }}' then {{ loop.index }}
            {%- endfor %}
        end as place,
        case feature
            {%- for feature in profile_features() %}
            when '{{ feature }}' then '{{ feature_label(feature).family }}'
            {%- endfor %}
        end as family
    from {{ ref('segment_profiles') }}
),

artifacts as (
    select * from {{ ref('clustering_fit') }}
),

cluster_keys as (
    select * from {{ ref('cluster_keys') }}
    where cluster_id is not null
),

rules_0 as (
    select
        cluster_keys.segment_key,
        ' ' || max(case when artifacts.name = 'rule' then artifacts.detail end) as rule,
        max(case when artifacts.name = 'rule' then artifacts.detail end) as rule_condition,
        max(case when artifacts.name = 'rule_precision' then artifacts.value end) as rule_precision,
        max(case when artifacts.name = 'rule_coverage' then artifacts.value end) as rule_coverage
    from cluster_keys
    inner join artifacts
        on cluster_keys.cluster_id = artifacts.cluster_id
    where artifacts.record_type = 'cluster'
    group by cluster_keys.segment_key
),

-- In steps, as an expression of all replacements would be too deep for some engines.
{%- for replacements in rule_words() %}
{%- set found = namespace(sql='rule') -%}
{%- for old, new in replacements -%}
    {%- set found.sql = 'replace(' ~ found.sql ~ ", '" ~ old ~ "', '" ~ new ~ "')" -%}
{%- endfor %}

rules_{{ loop.index }} as (
    select
        segment_key,
        {{ found.sql }} as rule,
        rule_condition,
        rule_precision,
        rule_coverage
    from rules_{{ loop.index0 }}
),
{%- endfor %}

fidelities as (
    select max(value) as rule_fidelity
    from artifacts
    where record_type = 'model' and name = 'surrogate_fidelity'
),

revenues as (
    select
        segment_key,
        segment_mean * known_count as revenue,
        -- Everybody has one stage, while segments of other ways of segmenting may overlap.
        sum(case when segmentation = 'lifecycle' then segment_mean * known_count end) over () as total_revenue
    from profiles
    where feature = 'revenue_365_days'
),

-- Of a feature that is known of fewer than half of a segment nothing is said.
known as (
    select
        profiles.*,
        row_number() over (
            partition by profiles.segment_key, profiles.family
            order by abs(profiles.standardised_difference) desc, profiles.place
        ) as family_rank,
        min(profiles.place) over (partition by profiles.segment_key, profiles.family) as family_place
    from profiles
    inner join segments
        on profiles.segment_key = segments.segment_key
    where 2 * profiles.known_count >= segments.customer_count
),

differences as (
    select
        segment_key,
        row_number() over (
            partition by segment_key
            order by abs(standardised_difference) desc, place
        ) as difference_rank,
        case
            when feature_kind = 'count' and standardised_difference > 0 then 'more '
            when feature_kind = 'count' then 'fewer '
            when feature_kind = 'share' and standardised_difference > 0 then 'a larger '
            when feature_kind = 'share' then 'a smaller '
            when standardised_difference > 0 then 'higher '
            else 'lower '
        end
        || feature_label as more_or_less,
        feature_label,
        {{ readable_value('segment_mean', 'feature_kind', is_with_currency=false) }}
        || ' against '
        || {{ readable_value('population_mean', 'feature_kind') }} as comparison,
        case when standardised_difference > 0 then '+' else '-' end
        || {{ fixed_decimals('abs(standardised_difference)', 1) }}
        || ' sd' as deviation
    from known
    where abs(standardised_difference) >= 0.25 and family_rank = 1
),

sayings as (
    select
        segment_key
        {%- for rank in range(1, named + 1) %},
        max(
            case when difference_rank = {{ rank }} then more_or_less || ' (' || comparison || ')' end
        ) as saying_{{ rank }}
        {%- endfor %}
        {%- for rank in range(1, listed + 1) %},
        max(
            case
                when difference_rank = {{ rank }} then feature_label || ' ' || comparison || ' (' || deviation || ')'
            end
        ) as feature_{{ rank }}
        {%- endfor %}
    from differences
    group by segment_key
),

medians as (
    select
        segment_key,
        row_number() over (
            partition by segment_key
            order by place
        ) as median_rank,
        feature_label || ' ' || {{ readable_value('segment_median', 'feature_kind') }} as median_text
    from known
    -- The median of a few is what one of them has.
    where known_count >= {{ least_customers }} and place = family_place
),

typical_members as (
    select
        segment_key
        {%- for rank in range(1, typical + 1) %},
        max(case when median_rank = {{ rank }} then median_text end) as median_{{ rank }}
        {%- endfor %}
    from medians
    group by segment_key
),

cards as (
    select
        segments.segmentation,
        segments.segment_key,
        segments.segment_name,
        segments.as_of_date,
        segments.model_version,
        segments.customer_count,
        segments.customer_share,
        case
            when revenues.total_revenue > 0 and revenues.revenue >= 0 then revenues.revenue / revenues.total_revenue
        end as revenue_share,
        case
            when sayings.saying_1 is null then 'They are close to the average in all that is compared.'
            else
                'On average they have ' || sayings.saying_1
                || case
                    when sayings.saying_2 is null then ''
                    when sayings.saying_3 is null then ' and ' || sayings.saying_2
                    else ', ' || sayings.saying_2 || ' and ' || sayings.saying_3
                end
                || '.'
        end as difference_sentence,
        sayings.feature_1
        {%- for rank in range(2, listed + 1) %}
        || coalesce('; ' || sayings.feature_{{ rank }}, '')
        {%- endfor %} as top_features,
        case when rules.segment_key is null then segments.description else trim(rules.rule) end as rule,
        rules.rule_condition,
        rules.rule_precision,
        rules.rule_coverage,
        case when rules.segment_key is not null then fidelities.rule_fidelity end as rule_fidelity,
        typical_members.median_1
        {%- for rank in range(2, typical + 1) %}
        || coalesce('; ' || typical_members.median_{{ rank }}, '')
        {%- endfor %} as typical_member
    from segments
    left join revenues
        on segments.segment_key = revenues.segment_key
    left join sayings
        on segments.segment_key = sayings.segment_key
    left join typical_members
        on segments.segment_key = typical_members.segment_key
    left join rules_{{ rule_words() | length }} as rules
        on segments.segment_key = rules.segment_key
    cross join fidelities
)

select
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(segment_name as {{ dbt.type_string() }}) as segment_name,
    cast(as_of_date as date) as as_of_date,
    cast(model_version as {{ dbt.type_string() }}) as model_version,
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(customer_share as {{ type_double() }}) as customer_share,
    cast(revenue_share as {{ type_double() }}) as revenue_share,
    cast(
        {{ grouped_number('customer_count') }}
        || case when customer_count = 1 then ' customer (' else ' customers (' end
        || {{ readable_value('customer_share', "'share'") }}
        || ')'
        || coalesce(
            ', ' || {{ readable_value('revenue_share', "'share'") }} || ' of the revenue of the last 365 days', ''
        )
        || '. '
        || difference_sentence as {{ dbt.type_string() }}
    ) as sentence,
    cast(top_features as {{ dbt.type_string() }}) as top_features,
    cast(rule as {{ dbt.type_string() }}) as rule,
    cast(rule_condition as {{ dbt.type_string() }}) as rule_condition,
    cast(rule_precision as {{ type_double() }}) as rule_precision,
    cast(rule_coverage as {{ type_double() }}) as rule_coverage,
    cast(rule_fidelity as {{ type_double() }}) as rule_fidelity,
    cast(typical_member as {{ dbt.type_string() }}) as typical_member
from cards
