{{ config(tags=['gate'], enabled=scores_are_on()) }}

{%- set pairs = [
    ('expected_revenue', 'value_contribution'),
    ('purchase_probability', 'propensity_contribution'),
    ('engagement_score', 'engagement_contribution'),
    ('value_contribution + propensity_contribution + engagement_contribution', 'composite_score'),
    ('composite_score', 'composite_percentile'),
    ('composite_score', 'composite_decile'),
] %}

-- Nor do equal customers have other scores. The composite being the sum of what rises with each part, whoever is better
-- in all parts is not worse in the whole.
with

scores as (
    select scores.*
    from {{ ref('customer_scores') }} as scores
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on scores.as_of_date = as_of_dates.as_of_date
    where as_of_dates.is_latest
),

-- One row per value that occurs: neighbours in that order stand for all pairs.
levels as (
    {%- for measure, score in pairs %}
    select
        '{{ score }}' as score_name,
        cast({{ round_to_six('coalesce(' ~ measure ~ ', 0)') }} as {{ type_double() }}) as measured,
        cast(min({{ score }}) as {{ type_double() }}) as least_score,
        cast(max({{ score }}) as {{ type_double() }}) as greatest_score
    from scores
    group by {{ round_to_six('coalesce(' ~ measure ~ ', 0)') }}
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
            order by measured
            rows between unbounded preceding and current row
        ) as greatest_score_up_to
    from levels
)

select
    score_name,
    count(*) as violation_count,
    'customers who are equal or better have a lower ' || score_name || ': at '
    || cast(count(*) as {{ dbt.type_string() }}) || ' values, the first '
    || cast(min(measured) as {{ dbt.type_string() }}) as message
from compared
where least_score < greatest_score_up_to
group by score_name
