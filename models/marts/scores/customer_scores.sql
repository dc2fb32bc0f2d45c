{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='as_of_date',
    partition_by=partition_by_date('as_of_date'),
    on_schema_change='append_new_columns',
    full_refresh=false,
    pre_hook="{{ strate.delete_unprofiled() }}",
    enabled=scores_are_on()
) }}

{%- set targets = var('propensity_targets') %}
{%- set double = type_double() %}
{%- set text = dbt.type_string() %}
{%- set parts = ['value', 'propensity', 'engagement'] %}
{%- set weights = var('composite_weights') %}
{%- set is_given = weights is mapping %}
{%- set stand_ins = {'value': 0.5, 'propensity': 0.3, 'engagement': 0.2} %}

with

customers as (
    select
        customer_id,
        cast(as_of_date as date) as as_of_date,
        recency_days,
        engagement_score
    from {{ ref('int_scores__rows') }}
    where is_latest
),

{%- if value_is_on() %}

expected as (
    select
        customer_id,
        model_version,
        method,
        outcome,
        {{ round_to_six('expected_revenue') }} as expected_revenue
    from {{ ref('value_fit') }}
    where record_type = 'score'
),

scales as (
    select max(value) as composite_scale
    from {{ ref('value_fit') }}
    where record_type = 'model' and name = 'composite_scale'
),
{%- endif %}

{%- if targets %}

probabilities as (
    select
        customer_id,
        {%- for target in targets %}
        {{ round_to_six(target ~ '_probability') }} as {{ target }}_probability{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('int_scores__propensities') }}
    where is_latest
),

-- One row: what is the same for everybody.
models as (
    select
        {%- for target in targets %}
        {%- for name in ['model_version', 'method', 'outcome'] %}
        max(case when target = '{{ target }}' and name = 'champion' then {{ name }} end) as {{ target }}_{{ name }},
        {%- endfor %}
        {%- endfor %}
        max(case when record_type = 'weight' and name = 'value' then method end) as composite_method,
        max(case when record_type = 'weight' and name = 'value' then outcome end) as weight_outcome,
        {%- for part in parts %}
        max(case when record_type = 'weight' and name = '{{ part }}' then value end)
            as {{ part }}_weight{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ ref('propensity_fit') }}
    where record_type in ('model', 'weight')
),
{%- else %}

models as (
    select
        'given' as composite_method,
        '{{ 'given' if is_given else 'propensity_off' }}' as weight_outcome,
        {%- for part in parts %}
        {{ (weights if is_given else stand_ins)[part] }} as {{ part }}_weight{{ ',' if not loop.last }}
        {%- endfor %}
    from (select 1 as row_number) as one
),
{%- endif %}

scored as (
    select
        customers.customer_id,
        customers.as_of_date,
        {%- if value_is_on() %}
        expected.expected_revenue,
        expected.method as value_method,
        expected.outcome as value_outcome,
        expected.model_version as value_model_version,
        -- Nothing is known to be expected of whoever has no expectation.
        case
            when expected.expected_revenue > 0
                then expected.expected_revenue / (expected.expected_revenue + scales.composite_scale)
            else 0
        end as value_part,
        {%- else %}
        cast(null as {{ double }}) as expected_revenue,
        cast(null as {{ text }}) as value_method,
        cast(null as {{ text }}) as value_outcome,
        cast(null as {{ text }}) as value_model_version,
        cast(null as {{ double }}) as value_part,
        {%- endif %}
        {%- for target in ['purchase', 'click', 'churn'] %}
        {%- if target in targets %}
        probabilities.{{ target }}_probability,
        models.{{ target }}_method,
        {%- if target == 'churn' %}
        case
            when models.churn_outcome = 'input_off' then 'input_off'
            when probabilities.churn_probability is null then 'not_active'
            else models.churn_outcome
        end as churn_outcome,
        {%- else %}
        models.{{ target }}_outcome,
        {%- endif %}
        models.{{ target }}_model_version,
        {%- else %}
        cast(null as {{ double }}) as {{ target }}_probability,
        cast(null as {{ text }}) as {{ target }}_method,
        cast(null as {{ text }}) as {{ target }}_outcome,
        cast(null as {{ text }}) as {{ target }}_model_version,
        {%- endif %}
        {%- endfor %}
        {{ 'probabilities.purchase_probability' if 'purchase' in targets else 'cast(null as ' ~ double ~ ')' }}
            as propensity_part,
        customers.engagement_score,
        customers.engagement_score as engagement_part,
        models.composite_method,
        models.weight_outcome,
        {%- for part in parts %}
        models.{{ part }}_weight{{ ',' if not loop.last }}
        {%- endfor %}
    from customers
    cross join models
    {%- if value_is_on() %}
    cross join scales
    inner join expected
        on customers.customer_id = expected.customer_id
    {%- endif %}
    {%- if targets %}
    inner join probabilities
        on customers.customer_id = probabilities.customer_id
    {%- endif %}
),

-- A part that is off is nobody's: the others weigh more.
weighted as (
    select
        *,
        {%- for part in parts %}
        case when {{ part }}_part is null then 0 else {{ part }}_weight end{{ ' +' if not loop.last }}
        {%- endfor %} as weight,
        {%- for part in parts %}
        case
            when {{ part }}_part is null and {{ part }}_weight > 0 then '_{{ part }}' else ''
        end{{ ' ||' if not loop.last }}
        {%- endfor %} as missing_parts
    from scored
),

composed as (
    select
        *,
        {%- for part in parts %}
        case
            when weight > 0 then {{ round_to_six('coalesce(' ~ part ~ '_part, 0) * ' ~ part ~ '_weight / weight') }}
        end as {{ part }}_contribution{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted
),

rounded as (
    select
        *,
        {{ round_to_six(parts | join('_contribution + ') ~ '_contribution') }} as composite_score
    from composed
)

select
    cast(customer_id as {{ text }}) as customer_id,
    cast(as_of_date as date) as as_of_date,
    cast({{ var('score_horizon_days') }} as {{ dbt.type_bigint() }}) as horizon_days,
    cast(expected_revenue as {{ double }}) as expected_revenue,
    {%- for target in ['purchase', 'click', 'churn'] %}
    cast({{ target }}_probability as {{ double }}) as {{ target }}_probability,
    {%- endfor %}
    cast(engagement_score as {{ double }}) as engagement_score,
    cast(composite_score as {{ double }}) as composite_score,
    {{ place_among_all('composite_score', 100) }} as composite_percentile,
    {{ place_among_all('composite_score', 10) }} as composite_decile,
    {%- for part in parts %}
    cast({{ part }}_contribution as {{ double }}) as {{ part }}_contribution,
    {%- endfor %}
    {%- for score in ['value', 'purchase', 'click', 'churn'] %}
    cast({{ score }}_method as {{ text }}) as {{ score }}_method,
    cast({{ score }}_outcome as {{ text }}) as {{ score }}_outcome,
    cast({{ score }}_model_version as {{ text }}) as {{ score }}_model_version,
    {%- endfor %}
    cast(composite_method as {{ text }}) as composite_method,
    cast(
        case
            when composite_score is null then 'no_part'
            when missing_parts <> '' then 'without' || missing_parts
            when weight_outcome in ('given', 'learned') then 'scored'
            else weight_outcome
        end as {{ text }}
    ) as composite_outcome,
    cast(
        coalesce(value_outcome, 'scored') not in ('scored', 'never_bought')
        {%- for target in ['purchase', 'click', 'churn'] %}
        or coalesce({{ target }}_outcome, 'scored') not in ('scored', 'not_active', 'input_off')
        {%- endfor %} as boolean
    ) as is_fall_back
from rounded
