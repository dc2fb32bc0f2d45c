with

base as (
    select * from {{ ref('base_erp__orders') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by order_id
            order by
                changed_at desc, ordered_at desc, cancelled_at nulls last, status, currency_code, total_amount,
                erp_customer_id, crm_customer_id, email, phone, country_code, sales_channel
        ) as version_number,
        count(*) over (partition by order_id) as version_count
    from base
    where reject_reason is null
)

select
    order_id,
    {{ account_key('erp_customer_id', 'crm_customer_id', 'email', 'phone') }} as account_key,
    erp_customer_id,
    crm_customer_id,
    email,
    phone,
    country_code,
    sales_channel,
    status,
    currency_code,
    exchange_rate,
    total_amount,
    ordered_at,
    order_date,
    cancelled_at,
    changed_at,
    version_count
from versions
where version_number = 1
