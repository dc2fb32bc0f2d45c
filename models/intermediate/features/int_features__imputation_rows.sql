{{ config(materialized='view', enabled=var('imputed_features') | length > 0) }}

{%- set columns = (var('imputed_features') + var('imputation_predictors')) | unique | list %}

with

-- The CRM holds what can be filled. Of whom it knows nothing, customers that it knows say little.
customers as (
    select
        *,
        row_number() over (
            partition by as_of_date
            -- The order of the hashes is as good as random, and the same on every run and engine.
            order by {{ hash_text('customer_id') }}, customer_id
        ) as place
    from {{ ref('customer_features') }}
    where is_in_crm
)

select
    customer_id,
    cast(as_of_date as timestamp) as as_of_date,
    {%- for column in columns %}
    {{ column }},
    {%- endfor %}
    place <= {{ var('imputation_sample_size') }} as is_in_sample,
    {% for feature in var('imputed_features') -%}
    {{ feature }} is null{{ ' or ' if not loop.last }}
    {%- endfor %} as is_wanted
from customers
