with

customers as (
    select * from {{ ref('int_segments__customers') }}
)

select
    customer_id
    {%- for input in clustering_inputs() %},
    {{ input.sql }} as {{ input.name }}
    {%- endfor %},
    cast(revenue_365_days as {{ type_double() }}) as outcome_revenue
from customers
-- The order of the hashes is as good as random, and the same on every run and engine.
order by {{ hash_text('customer_id') }}
limit {{ var('clustering_sample_size') }}
