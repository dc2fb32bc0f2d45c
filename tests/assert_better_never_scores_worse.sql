{{ config(tags=['gate']) }}

{%- set string = dbt.type_string() %}
{%- set scores = {
    'monetary_score': ('revenue', 'revenue', 'int_segments__rfm'),
    'frequency_score': ('order_count', 'order_count', 'int_segments__rfm'),
    'recency_score': ('recency_days', '-1 * recency_days', 'int_segments__rfm'),
    'value tier': ('revenue', 'revenue', 'int_segments__value'),
} %}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

customers as (
    select
        features.customer_id,
        features.recency_days,
        features.order_count,
        features.revenue
    from {{ ref('customer_features') }} as features
    inner join as_of_dates
        on features.as_of_date = as_of_dates.as_of_date
),

scored as (
    select
        customers.recency_days,
        customers.order_count,
        customers.revenue,
        rfm.recency_score,
        rfm.frequency_score,
        rfm.monetary_score
    from customers
    inner join {{ ref('int_segments__rfm') }} as rfm
        on customers.customer_id = rfm.customer_id
    where customers.order_count > 0
),

tiered as (
    select
        customers.revenue,
        case value_tiers.segment_key
            when 'value_none' then 0
            when 'value_low' then 1
            {%- for tier in var('value_tier_shares') %}
            when 'value_{{ tier }}' then {{ loop.revindex + 1 }}
            {%- endfor %}
        end as tier_rank
    from customers
    inner join {{ ref('int_segments__value') }} as value_tiers
        on customers.customer_id = value_tiers.customer_id
),

-- One row per value that occurs, the better the larger: neighbours in that order stand for all pairs.
levels as (
    {%- for score, (measure, better, model) in scores.items() %}
    select
        '{{ score }}' as score_name,
        '{{ measure }}' as measure,
        cast({{ measure }} as {{ type_double() }}) as measured,
        cast({{ better }} as {{ type_double() }}) as goodness,
        min({{ 'tier_rank' if score == 'value tier' else score }}) as least_score,
        max({{ 'tier_rank' if score == 'value tier' else score }}) as greatest_score
    from {{ 'tiered' if score == 'value tier' else 'scored' }}
    group by {{ measure }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

compared as (
    select
        *,
        max(greatest_score) over (
            partition by score_name
            order by goodness
            rows between unbounded preceding and 1 preceding
        ) as greatest_score_of_worse
    from levels
),

violations as (
    select
        *,
        count(*) over (partition by score_name) as violation_count,
        row_number() over (
            partition by score_name
            order by greatest_score_of_worse - least_score desc, goodness desc
        ) as violation_number
    from compared
    where least_score < greatest_score_of_worse
)

select
    score_name,
    violation_count,
    'a customer with ' || measure || ' = '
    || case
        when measure = 'revenue' then cast(cast(measured as decimal(18, 2)) as {{ string }})
        else cast(cast(measured as {{ dbt.type_bigint() }}) as {{ string }})
    end
    || ' has a ' || score_name || ' of ' || cast(least_score as {{ string }}) || ', but one who is worse in ' || measure
    || ' has ' || cast(greatest_score_of_worse as {{ string }}) || '; values of ' || measure || ' with this fault: '
    || cast(violation_count as {{ string }}) as message
from violations
where violation_number = 1
