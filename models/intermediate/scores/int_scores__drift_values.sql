{{ config(materialized='view', enabled=scores_are_on()) }}
{%- set wanted = var('propensity_targets') %}
{%- set numbers, categories = [], [] %}
{%- set scores = [('engagement', 'engagement_score', none), ('composite', 'composite_score', none)] %}
{%- if value_is_on() %}
{%- do scores.append(('value', 'expected_revenue', 'future_revenue')) %}
{%- do numbers.extend(var('value_features') if 'boosting' in var('value_methods') else []) %}
{%- endif %}
{%- set measures = [('score', 'engagement', 'features.engagement_score', none)] %}
{%- for target, outcome in [('purchase', 'has_bought'), ('click', 'has_clicked'), ('churn', 'has_churned')]
    if target in wanted %}
{%- set happened = 'case when customers.' ~ outcome ~ ' then 1 when not customers.' ~ outcome ~ ' then 0 end' %}
{%- do scores.append((target, target ~ '_probability', happened)) %}
{%- do measures.append(('score', target, 'propensities.' ~ target ~ '_probability', happened)) %}
{%- endfor %}
{%- if wanted %}
{%- do numbers.extend(var('propensity_features')) %}
{%- do categories.extend(var('propensity_categories')) %}
{%- endif %}
{%- for name in numbers | unique %}
{%- do measures.append(('feature', name, 'features.' ~ name, none)) %}
{%- endfor %}

with

-- Models see a sample in which those who bought and those who never did are counted apart: a weight undoes that.
customers as (
    select
        outcomes.*,
        count(*) over (
            partition by outcomes.as_of_date, case when outcomes.repeat_count is null then 0 else 1 end
        ) * 1.0
        / nullif(sum(case when outcomes.is_in_sample then 1 else 0 end) over (
            partition by outcomes.as_of_date, case when outcomes.repeat_count is null then 0 else 1 end
        ), 0) as weight
    from {{ ref('int_scores__outcomes') }} as outcomes
),

-- Models are tested on the latest date whose horizon is over.
dates as (
    select
        max(case when outcome_known_on is not null then as_of_date end) as tested_on,
        max(case when is_latest then as_of_date end) as latest_date
    from customers
),

given_scores as (
    select * from {{ ref('customer_scores') }}
),

given_before as (
    select max(given_scores.as_of_date) as as_of_date
    from given_scores
    inner join dates
        on given_scores.as_of_date < dates.latest_date
),

measures as (
    {%- for comparison, name, column, happened in measures %}
    select
        {{ loop.index }} as number,
        '{{ comparison }}' as comparison,
        '{{ name }}' as name
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
    {%- for name in categories %}
    union all
    select
        {{ measures | length + loop.index }} as number,
        'feature' as comparison,
        '{{ name }}' as name
    {%- endfor %}
),

used_features as (
    {%- if value_is_on() and 'boosting' in var('value_methods') %}
    {%- for name in var('value_features') %}
    select '{{ name }}' as feature
    union all
    {%- endfor %}
    {%- endif %}
    {%- if wanted %}
    select feature from {{ ref('score_features') }}
    where is_used
    {%- else %}
    select 'none' as feature
    {%- endif %}
),

used_measures as (
    select * from measures
    where
        comparison = 'score'
        or name in (select used_features.feature from used_features)
),

{%- if value_is_on() %}

-- Of those who had bought at the date tested on there is what today's champion would have expected.
expected as (
    select
        customer_id,
        cast(as_of_date as date) as as_of_date,
        expected_revenue
    from {{ ref('value_fit') }}
    where record_type = 'back_cast'
    union all
    select
        given_scores.customer_id,
        given_scores.as_of_date,
        given_scores.expected_revenue
    from given_scores
    inner join dates
        on given_scores.as_of_date = dates.latest_date
),
{%- endif %}

given_measures as (
    {%- for name, column, happened in scores %}
    select '{{ name }}' as name
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

-- One pass over the rows, however many features there are.
select
    used_measures.comparison,
    used_measures.name,
    dates.tested_on as reference_date,
    customers.as_of_date,
    customers.weight,
    case used_measures.number
        {%- for comparison, name, column, happened in measures %}
        when {{ loop.index }} then cast({{ column }} as {{ type_double() }})
        {%- endfor %}
    end as measured,
    {%- if categories %}
    case used_measures.number
        {%- for name in categories %}
        when {{ measures | length + loop.index }} then cast(features.{{ name }} as {{ dbt.type_string() }})
        {%- endfor %}
    end as level,
    {%- else %}
    cast(null as {{ dbt.type_string() }}) as level,
    {%- endif %}
    {%- if measures | selectattr(3) | list %}
    case used_measures.number
        {%- for comparison, name, column, happened in measures if happened %}
        when {{ measures.index((comparison, name, column, happened)) + 1 }}
            then cast({{ happened }} as {{ type_double() }})
        {%- endfor %}
    end as happened
    {%- else %}
    cast(null as {{ type_double() }}) as happened
    {%- endif %}
from customers
inner join {{ ref('int_scores__rows') }} as features
    on
        customers.customer_id = features.customer_id
        and customers.as_of_date = cast(features.as_of_date as date)
{%- if wanted %}
left join {{ ref('int_scores__propensities') }} as propensities
    on
        customers.customer_id = propensities.customer_id
        and customers.as_of_date = cast(propensities.as_of_date as date)
{%- endif %}
cross join used_measures
cross join dates
where customers.is_in_sample
{%- if value_is_on() %}
union all
select
    'score' as comparison,
    'value' as name,
    dates.tested_on as reference_date,
    customers.as_of_date,
    customers.weight,
    cast(expected.expected_revenue as {{ type_double() }}) as measured,
    cast(null as {{ dbt.type_string() }}) as level,
    cast(customers.future_revenue as {{ type_double() }}) as happened
from customers
inner join expected
    on
        customers.customer_id = expected.customer_id
        and customers.as_of_date = expected.as_of_date
cross join dates
where
    customers.is_in_sample
    and customers.repeat_count is not null
{%- endif %}
union all
select
    'given_score' as comparison,
    given_measures.name,
    given_before.as_of_date as reference_date,
    given_scores.as_of_date,
    1.0 as weight,
    case given_measures.name
        {%- for name, column, happened in scores %}
        when '{{ name }}' then cast(given_scores.{{ column }} as {{ type_double() }})
        {%- endfor %}
    end as measured,
    cast(null as {{ dbt.type_string() }}) as level,
    case given_measures.name
        {%- for name, column, happened in scores %}
        when '{{ name }}' then cast({{ happened or 'null' }} as {{ type_double() }})
        {%- endfor %}
    end as happened
from given_scores
cross join dates
cross join given_before
cross join given_measures
left join customers
    on
        given_scores.customer_id = customers.customer_id
        and given_scores.as_of_date = customers.as_of_date
where
    given_scores.as_of_date in (dates.latest_date, given_before.as_of_date)
    or customers.outcome_known_on is not null
