with

features as (
    select * from {{ ref('customer_features') }}
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

-- The order of the hashes is as good as random, and the same on every run and engine.
numbered as (
    select
        features.*,
        row_number() over (order by {{ hash_text('features.customer_id') }}) as sample_number
    from features
    inner join as_of_dates
        on features.as_of_date = as_of_dates.as_of_date
)

select
    customer_id
    {%- for feature in var('clustering_features') %},
    cast({{ feature }} as {{ type_double() }}) as {{ feature }}
    {%- endfor %}
from numbered
where sample_number <= {{ var('clustering_sample_size') }}
