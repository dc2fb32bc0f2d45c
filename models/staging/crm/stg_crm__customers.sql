{{ config(materialized='view') }}

with

base as (
    select * from {{ ref('base_crm__customers') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by crm_customer_id
            order by
                known_at desc, updated_at desc, created_at, email, phone, user_id, last_name, first_name, birth_date,
                gender, family_status, household_size, annual_income, postal_code, city, country_code, is_test,
                unusable_fields
                {%- for name in extra_columns('crm_customers') %}, {{ name }}{% endfor %}
        ) as version_number,
        count(*) over (partition by crm_customer_id) as version_count
    from base
    where reject_reason is null
)

select
    crm_customer_id,
    email,
    phone,
    user_id,
    first_name,
    last_name,
    birth_date,
    gender,
    family_status,
    household_size,
    annual_income,
    postal_code,
    city,
    country_code,
    is_test,
    created_at,
    updated_at,
    known_at,
    unusable_fields,
    version_count
    {%- for name in extra_columns('crm_customers') %},
    {{ name }}
    {%- endfor %}
from versions
where version_number = 1
