with

as_of_dates as (
    select
        as_of_date,
        as_of_end,
        lag(as_of_end) over (order by as_of_date) as previous_end
    from {{ ref('int_activity__as_of_dates') }}
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

numbered_versions as (
    select
        *,
        'crm:' || crm_customer_id as account_key,
        min(created_at) over (partition by crm_customer_id, known_at) as first_created_at,
        row_number() over (
            partition by crm_customer_id, known_at
            order by
                email, phone, user_id, last_name, first_name, postal_code, city, country_code, birth_date, gender,
                family_status, household_size, annual_income
                {%- for name in extra_columns('crm_customers') %}, {{ name }}{% endfor %}
        ) as version_number
    from {{ ref('base_crm__customers') }}
    where reject_reason is null
),

versions as (
    select * from numbered_versions
    where version_number = 1
),

-- The newest version that was known by the date, over all CRM records of the person. Only keys and times are sorted for
-- each date; what the version says is looked up afterwards.
known_versions as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        versions.account_key,
        versions.known_at,
        row_number() over (
            partition by accounts.as_of_date, accounts.customer_id
            order by versions.known_at desc, versions.account_key
        ) as version_number,
        min(
            case when versions.first_created_at < accounts.as_of_end then versions.first_created_at end
        ) over (partition by accounts.as_of_date, accounts.customer_id) as registered_at
    from accounts
    inner join versions
        on
            accounts.account_key = versions.account_key
            and versions.known_at < accounts.as_of_end
),

attributes as (
    select
        known_versions.as_of_date,
        known_versions.customer_id,
        known_versions.registered_at,
        versions.first_name,
        versions.last_name,
        versions.birth_date,
        versions.gender,
        versions.family_status,
        versions.household_size,
        versions.annual_income,
        versions.postal_code,
        versions.city,
        versions.email,
        versions.phone,
        versions.country_code
        {%- for name in extra_columns('crm_customers') %},
        versions.{{ name }}
        {%- endfor %}
    from known_versions
    inner join versions
        on
            known_versions.account_key = versions.account_key
            and known_versions.known_at = versions.known_at
    where known_versions.version_number = 1
),

-- An order becomes known with one of the dates, and only an account's last one before that date can be anybody's last.
numbered_orders as (
    select
        orders.account_key,
        orders.order_id,
        orders.ordered_at,
        orders.country_code,
        orders.email,
        orders.phone,
        row_number() over (
            partition by orders.account_key, as_of_dates.as_of_date
            order by orders.ordered_at desc, orders.order_id
        ) as order_from_last
    from {{ ref('stg_erp__orders') }} as orders
    inner join as_of_dates
        on
            orders.ordered_at < as_of_dates.as_of_end
            and (as_of_dates.previous_end is null or orders.ordered_at >= as_of_dates.previous_end)
),

known_orders as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        numbered_orders.country_code,
        numbered_orders.email,
        numbered_orders.phone,
        row_number() over (
            partition by accounts.as_of_date, accounts.customer_id
            order by numbered_orders.ordered_at desc, numbered_orders.order_id
        ) as order_from_last
    from accounts
    inner join numbered_orders
        on
            accounts.account_key = numbered_orders.account_key
            and numbered_orders.ordered_at < accounts.as_of_end
    where numbered_orders.order_from_last = 1
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
