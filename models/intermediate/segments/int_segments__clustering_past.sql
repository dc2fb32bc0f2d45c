{{ config(materialized='view') }}

with

as_of_dates as (
    select
        max(case when is_latest then as_of_date end) as latest_date,
        max(case when not is_latest then as_of_date end) as past_date
    from {{ ref('int_activity__as_of_dates') }}
),

features as (
    select * from {{ ref('customer_features') }}
),

past as (
    select features.*
    from features
    inner join as_of_dates
        on features.as_of_date = as_of_dates.past_date
),

latest as (
    select
        features.customer_id,
        features.revenue as latest_revenue
    from features
    inner join as_of_dates
        on features.as_of_date = as_of_dates.latest_date
)

select
    past.customer_id,
    past.as_of_date
    {%- for input in clustering_inputs() %},
    {{ input.sql }} as {{ input.name }}
    {%- endfor %},
    cast(latest.latest_revenue - past.revenue as {{ type_double() }}) as next_revenue
from past
inner join latest
    on past.customer_id = latest.customer_id
-- The order of the hashes is as good as random, and the same on every run and engine.
order by {{ hash_text('past.customer_id') }}
limit {{ var('clustering_sample_size') }}
