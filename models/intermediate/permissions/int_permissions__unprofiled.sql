{%- set is_permitted_by_default = var('permission_defaults').get('profiling') is not none -%}

with

accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.customer_id,
        as_of_dates.is_latest
    from {{ ref('int_identity__accounts') }} as accounts
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
),

-- A profile serves all channels, so a refusal for one of them counts for the profile.
decided as (
    select
        decisions.customer_id,
        min(case when decisions.is_permitted then 1 else 0 end) as is_permitted,
        max(case when decisions.channel = 'all' then 1 else 0 end) as is_for_all
    from {{ ref('int_permissions__decisions') }} as decisions
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on decisions.as_of_date = as_of_dates.as_of_date
    where as_of_dates.is_latest and decisions.purpose = 'profiling'
    group by decisions.customer_id
),

-- By account, as a person may have been several customers at an earlier date.
unprofiled_accounts as (
    select accounts.account_key
    from accounts
    {{ 'inner' if is_permitted_by_default else 'left' }} join decided
        on accounts.customer_id = decided.customer_id
    where
        accounts.is_latest
        {%- if is_permitted_by_default %}
        and decided.is_permitted = 0
        {%- else %}
        and (decided.customer_id is null or decided.is_permitted = 0 or decided.is_for_all = 0)
        {%- endif %}
    {%- if retention_days('inactive_customers') is not none %}
    union all
    select account_key from {{ ref('int_retention__inactive_accounts') }}
    {%- endif %}
)

select distinct
    accounts.as_of_date,
    accounts.customer_id
from accounts
inner join unprofiled_accounts
    on accounts.account_key = unprofiled_accounts.account_key
