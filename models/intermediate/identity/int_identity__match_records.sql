with

as_of_dates as (
    select as_of_end from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

versions as (
    select
        customers.crm_customer_id,
        customers.known_at,
        customers.first_name,
        customers.last_name,
        customers.birth_date,
        customers.email,
        customers.phone,
        customers.postal_code,
        customers.city,
        customers.is_test,
        row_number() over (
            partition by customers.crm_customer_id
            order by
                customers.known_at desc, customers.email, customers.phone, customers.last_name, customers.first_name,
                customers.postal_code, customers.city, customers.birth_date
        ) as version_number
    from {{ ref('base_crm__customers') }} as customers
    cross join as_of_dates
    where
        customers.reject_reason is null
        and customers.known_at < as_of_dates.as_of_end
)

select
    'crm:' || crm_customer_id as account_key,
    known_at,
    first_name,
    last_name,
    birth_date,
    {{ unless_blocked('email') }} as email,
    {{ unless_blocked('phone') }} as phone,
    postal_code,
    city
from versions
where
    version_number = 1
    and not is_test
