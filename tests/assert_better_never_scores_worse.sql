{{ config(tags=['gate']) }}

{%- set string = dbt.type_string() %}
{%- set scores = {
    'monetary_score': ('revenue', 'revenue', 'scored'),
    'frequency_score': ('order_count', 'order_count', 'scored'),
    'recency_score': ('recency_days', '-1 * recency_days', 'scored'),
    'value tier': ('revenue', 'revenue', 'tiered'),
} %}

-- Nor do equal customers score differently.
with

scored as (
    select * from {{ ref('int_segments__rfm') }}
    where order_count > 0
),

tiered as (
    select
        revenue,
        case segment_key
            when 'value_none' then 0
            when 'value_low' then 1
            {%- for tier in var('value_tier_shares') %}
            when 'value_{{ tier }}' then {{ loop.revindex + 1 }}
            {%- endfor %}
        end as tier_rank
    from {{ ref('int_segments__value') }}
),

-- One row per value that occurs, the better the larger: neighbours in that order stand for all pairs.
levels as (
    {%- for score, (measure, better, source) in scores.items() %}
    select
        '{{ score }}' as score_name,
        '{{ measure }}' as measure,
        cast({{ measure }} as {{ type_double() }}) as measured,
        cast({{ better }} as {{ type_double() }}) as goodness,
        min({{ 'tier_rank' if source == 'tiered' else score }}) as least_score,
        max({{ 'tier_rank' if source == 'tiered' else score }}) as greatest_score
    from {{ source }}
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
            rows between unbounded preceding and current row
        ) as greatest_score_up_to
    from levels
),

violations as (
    select
        *,
        count(*) over (partition by score_name) as violation_count,
        row_number() over (
            partition by score_name
            order by greatest_score_up_to - least_score desc, goodness desc
        ) as violation_number
    from compared
    where least_score < greatest_score_up_to
)

select
    score_name,
    violation_count,
    'a customer with ' || measure || ' = '
    || case
        when measure = 'revenue' then cast(cast(measured as decimal(18, 2)) as {{ string }})
        else cast(cast(measured as {{ dbt.type_bigint() }}) as {{ string }})
    end
    || ' has a ' || score_name || ' of ' || cast(least_score as {{ string }}) || ', but one who is '
    || case when greatest_score = greatest_score_up_to then 'equal' else 'worse' end || ' in ' || measure
    || ' has ' || cast(greatest_score_up_to as {{ string }})
    || '; values of ' || measure || ' with this fault: ' || cast(violation_count as {{ string }}) as message
from violations
where violation_number = 1
