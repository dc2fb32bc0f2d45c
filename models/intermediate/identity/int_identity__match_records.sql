{%- set fields = var('identity_match_fields').keys() | list -%}

with

as_of_dates as (
    select
        as_of_date,
        as_of_end,
        lag(as_of_end) over (order by as_of_date) as previous_end
    from {{ ref('int_activity__as_of_dates') }}
),

versions as (
    select
        as_of_dates.as_of_date,
        customers.crm_customer_id,
        customers.known_at,
        {%- for name in fields %}
        customers.{{ name }},
        {%- endfor %}
        customers.is_test,
        row_number() over (
            partition by customers.crm_customer_id, as_of_dates.as_of_date
            order by
                customers.known_at desc,
                customers.is_test
                {%- for name in fields %},
                customers.{{ name }}
                {%- endfor %}
        ) as version_number
    from {{ ref('base_crm__customers') }} as customers
    inner join as_of_dates
        on
            customers.known_at < as_of_dates.as_of_end
            and (as_of_dates.previous_end is null or customers.known_at >= as_of_dates.previous_end)
    where customers.reject_reason is null
),

current_versions as (
    select * from versions
    where version_number = 1
)

-- A test account is like nobody: it stays here without values, in the place of what it was before.
select
    as_of_date,
    'crm:' || crm_customer_id as account_key,
    known_at
    {%- for name in fields %},
    case when not is_test then {{ unless_blocked(name) if name in ['email', 'phone'] else name }} end as {{ name }}
    {%- endfor %}
from current_versions
