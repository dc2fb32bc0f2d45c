with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

customers as (
    select * from {{ ref('int_identity__customers') }}
),

unprofiled as (
    select * from {{ ref('int_permissions__unprofiled') }}
),

features as (
    select * from {{ ref('customer_features') }}
)

select
    cast(customers.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(customers.as_of_date as date) as as_of_date,
    cast(features.age_band as {{ dbt.type_string() }}) as age_band,
    cast(customers.gender as {{ dbt.type_string() }}) as gender,
    cast(customers.family_status as {{ dbt.type_string() }}) as family_status,
    cast(customers.household_size as {{ dbt.type_bigint() }}) as household_size,
    cast(customers.annual_income as {{ type_double() }}) as annual_income,
    cast(customers.country_code as {{ dbt.type_string() }}) as country_code,
    cast(customers.registered_at as {{ dbt.type_timestamp() }}) as registered_at,
    cast(customers.is_in_crm as boolean) as is_in_crm,
    cast(customers.is_in_erp as boolean) as is_in_erp,
    cast(customers.is_in_tracking as boolean) as is_in_tracking,
    cast(customers.account_count as {{ dbt.type_bigint() }}) as account_count,
    cast(unprofiled.customer_id is null as boolean) as may_be_profiled
from customers
inner join as_of_dates
    on customers.as_of_date = as_of_dates.as_of_date
left join unprofiled
    on
        customers.as_of_date = unprofiled.as_of_date
        and customers.customer_id = unprofiled.customer_id
left join features
    on
        customers.as_of_date = features.as_of_date
        and customers.customer_id = features.customer_id
{%- if not var('show_unprofiled_customers') %}
where unprofiled.customer_id is null
{%- elif retention_days('inactive_customers') is not none %}
where customers.customer_id not in (select customer_id from {{ ref('int_retention__inactive_accounts') }})
{%- endif %}
