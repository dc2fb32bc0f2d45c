{{ config(enabled=var('propensity_targets') | length > 0) }}

{%- set propensity_fit = ref('propensity_fit') %}
{%- set kept = ['customer_id', 'as_of_date', 'is_latest'] + score_columns() %}
{%- set scored = [] %}

with

rows_0 as (
    select
        {{ kept | join(',\n        ') }}
    from {{ ref('int_scores__rows') }}
    where is_latest or is_in_sample
)

{%- for target in var('propensity_targets') %}
{%- set steps = propensity_steps(propensity_fit, target) %}
{%- if steps %}
{%- set before = 'rows_' ~ scored | length %}
{%- for step in steps %},

{{ target }}_{{ loop.index }} as (
    select
        *,
        {%- for column in step %}
        {{ column.sql }} as {{ column.name }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ before if loop.first else target ~ '_' ~ loop.index0 }}
)
{%- endfor %},

rows_{{ scored | length + 1 }} as (
    select
        {{ (kept + scored) | join(',\n        ') }},
        probability as {{ target }}_probability
    from {{ target }}_{{ steps | length }}
)
{%- do scored.append(target ~ '_probability') %}
{%- endif %}
{%- endfor %}

{%- set in_python = [] %}
{%- for target in var('propensity_targets') if target ~ '_probability' not in scored %}
{%- do in_python.append(target) %}
{%- endfor %}
{%- if in_python %},

scores as (
    select
        customer_id,
        as_of_date
        {%- for target in in_python %},
        max(case when target = '{{ target }}' then value end) as {{ target }}_probability
        {%- endfor %}
    from {{ propensity_fit }}
    where record_type = 'score'
    group by customer_id, as_of_date
)
{%- endif %},

-- A target whose input is off has a rule that counts from 0, and says nothing.
outcomes as (
    select
        {%- for target in var('propensity_targets') %}
        max(case when target = '{{ target }}' then outcome end) as {{ target }}_outcome{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ propensity_fit }}
    where record_type = 'model' and name = 'champion'
)

select
    customers.customer_id,
    cast(customers.as_of_date as date) as as_of_date,
    customers.is_latest
    {%- for target in ['purchase', 'click', 'churn'] %},
    {%- if target not in var('propensity_targets') %}
    cast(null as {{ type_double() }}) as {{ target }}_probability
    {%- else %}
    case
        {%- if target == 'churn' %}
        -- Learned from those who can leave; of others it would say nothing.
        when coalesce(customers.recency_days > {{ var('churn_active_days') }}, true) then null
        {%- endif %}
        when outcomes.{{ target }}_outcome <> 'input_off'
            then {{ 'scores' if target in in_python else 'customers' }}.{{ target }}_probability
    end as {{ target }}_probability
    {%- endif %}
    {%- endfor %}
from rows_{{ scored | length }} as customers
cross join outcomes
{%- if in_python %}
left join scores
    on
        customers.customer_id = scores.customer_id
        and customers.as_of_date = scores.as_of_date
{%- endif %}
