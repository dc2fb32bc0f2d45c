{{ config(tags=['gate']) }}

with

as_of_dates as (
    select
        max(as_of_date) as as_of_date,
        count(*) as date_count
    from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

accounts as (
    select
        count(*) as account_count,
        coalesce(sum(case when known_accounts.is_test then 1 else 0 end), 0) as test_account_count
    from {{ ref('int_identity__accounts') }} as known_accounts
    inner join as_of_dates
        on known_accounts.as_of_date = as_of_dates.as_of_date
),

customers as (
    select count(*) as customer_count from {{ ref('customers') }}
),

unprofiled as (
    select count(*) as customer_count
    from {{ ref('int_permissions__unprofiled') }} as known_customers
    inner join as_of_dates
        on known_customers.as_of_date = as_of_dates.as_of_date
)

select
    customers.customer_count,
    'there are no customers: '
    || case
        when as_of_dates.date_count = 0
            then
                'no input has a row with a usable date; the table input_row_counts says how many rows each input has'
        when accounts.account_count = 0
            then
                'nobody who can be identified was known by ' || cast(as_of_dates.as_of_date as {{ dbt.type_string() }})
                || '; set the var as_of_date to a later date, or give an input with crm_customer_id, erp_customer_id,'
                || ' email, phone or user_id (anonymous visitors count where anonymous_visitors_are_customers is true)'
        when accounts.account_count = accounts.test_account_count
            then
                'all ' || cast(accounts.account_count as {{ dbt.type_string() }})
                || ' accounts are test accounts; see the var test_email_domains and the column is_test of crm_customers'
        when unprofiled.customer_count > 0
            then
                'none of ' || cast(unprofiled.customer_count as {{ dbt.type_string() }})
                || ' customers may be profiled; see the var permission_defaults and the table customer_permissions'
        else 'int_identity__accounts has accounts that int_identity__customers lost'
    end as message
from customers
cross join as_of_dates
cross join accounts
cross join unprofiled
where customers.customer_count = 0
