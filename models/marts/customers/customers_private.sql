{{ config(materialized='view') }}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

customers as (
    select * from {{ ref('int_identity__customers') }}
)

select
    cast(customers.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(customers.as_of_date as date) as as_of_date,
    cast(customers.email as {{ dbt.type_string() }}) as email,
    cast(customers.phone as {{ dbt.type_string() }}) as phone,
    cast(customers.first_name as {{ dbt.type_string() }}) as first_name,
    cast(customers.last_name as {{ dbt.type_string() }}) as last_name,
    cast(customers.birth_date as date) as birth_date,
    cast(customers.postal_code as {{ dbt.type_string() }}) as postal_code,
    cast(customers.city as {{ dbt.type_string() }}) as city
from customers
inner join as_of_dates
    on customers.as_of_date = as_of_dates.as_of_date
{%- if retention_days('inactive_customers') is not none %}
where customers.customer_id not in (select customer_id from {{ ref('int_retention__inactive_accounts') }})
{%- endif %}
