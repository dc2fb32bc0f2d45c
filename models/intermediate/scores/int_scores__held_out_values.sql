{{ config(materialized='view', enabled=var('propensity_targets') | length > 0) }}

{%- if value_is_on() %}
select
    customer_id,
    as_of_date,
    expected_revenue
from {{ ref('value_fit') }}
where record_type = 'held_out'
{%- else %}
select
    customer_id,
    as_of_date,
    cast(null as {{ type_double() }}) as expected_revenue
from {{ ref('int_scores__rows') }}
where 1 = 0
{%- endif %}
