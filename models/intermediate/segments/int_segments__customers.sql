{{ config(materialized='view') }}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

features as (
    select * from {{ ref('customer_features') }}
)

select
    features.customer_id,
    features.as_of_date
    {%- for name, type, group, inputs in feature_columns() %},
    features.{{ name }}
    {%- endfor %}
    {%- for name in extra_columns('crm_customers') + extra_columns('geo_areas') %},
    features.{{ name }}
    {%- endfor %}
from features
inner join as_of_dates
    on features.as_of_date = as_of_dates.as_of_date
