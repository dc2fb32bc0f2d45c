with

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.account_type,
        accounts.customer_id,
        as_of_dates.as_of_end
    from {{ ref('int_identity__accounts') }} as accounts
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where not accounts.is_test
),

customer_versions as (
    select * from {{ ref('base_crm__customers') }}
    where reject_reason is null
),

orders as (
    select * from {{ ref('stg_erp__orders') }}
),

persons as (
    select
        as_of_date,
        customer_id,
        count(*) as account_count,
        max(case when account_type = 'crm' then 1 else 0 end) as is_in_crm,
        max(case when account_type in ('user', 'device') then 1 else 0 end) as is_in_tracking
    from accounts
    group by as_of_date, customer_id
),

-- The newest version that was known by the date, over all CRM records of the person.
known_versions as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        customer_versions.*,
        row_number() over (
            partition by accounts.as_of_date, accounts.customer_id
            order by
                customer_versions.known_at desc, customer_versions.crm_customer_id, customer_versions.email,
                customer_versions.phone, customer_versions.user_id, customer_versions.last_name,
                customer_versions.first_name, customer_versions.postal_code, customer_versions.city,
                customer_versions.country_code, customer_versions.birth_date, customer_versions.gender,
                customer_versions.family_status, customer_versions.household_size, customer_versions.annual_income
                {%- for name in extra_columns('crm_customers') %}, customer_versions.{{ name }}{% endfor %}
        ) as version_number,
        min(case when customer_versions.created_at < accounts.as_of_end then customer_versions.created_at end) over (
            partition by accounts.as_of_date, accounts.customer_id
        ) as registered_at
    from accounts
    inner join customer_versions
        on
            accounts.account_key = 'crm:' || customer_versions.crm_customer_id
            and customer_versions.known_at < accounts.as_of_end
),

attributes as (
    select * from known_versions
    where version_number = 1
),

known_orders as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        orders.country_code,
        orders.email,
        orders.phone,
        row_number() over (
            partition by accounts.as_of_date, accounts.customer_id
            order by orders.ordered_at desc, orders.order_id
        ) as order_from_last
    from accounts
    inner join orders
        on
            accounts.account_key = orders.account_key
            and orders.ordered_at < accounts.as_of_end
),

-- Who is not in the CRM, or lacks an address there, is reached where their last order went.
last_orders as (
    select * from known_orders
    where order_from_last = 1
)

select
    persons.as_of_date,
    persons.customer_id,
    persons.account_count,
    persons.is_in_crm = 1 as is_in_crm,
    last_orders.customer_id is not null as is_in_erp,
    persons.is_in_tracking = 1 as is_in_tracking,
    attributes.first_name,
    attributes.last_name,
    attributes.birth_date,
    attributes.gender,
    attributes.family_status,
    attributes.household_size,
    attributes.annual_income,
    attributes.postal_code,
    attributes.city,
    attributes.registered_at,
    coalesce(attributes.email, last_orders.email) as email,
    coalesce(attributes.phone, last_orders.phone) as phone,
    coalesce(attributes.country_code, last_orders.country_code) as country_code
    {%- for name in extra_columns('crm_customers') %},
    attributes.{{ name }}
    {%- endfor %}
from persons
left join attributes
    on
        persons.as_of_date = attributes.as_of_date
        and persons.customer_id = attributes.customer_id
left join last_orders
    on
        persons.as_of_date = last_orders.as_of_date
        and persons.customer_id = last_orders.customer_id
