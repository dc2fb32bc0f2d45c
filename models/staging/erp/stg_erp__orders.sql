with

versions as (
    {{ newest_versions(
        ref('base_erp__orders'),
        key='order_id',
        columns=[
            'order_id', 'erp_customer_id', 'crm_customer_id', 'email', 'phone', 'country_code', 'sales_channel',
            'status', 'currency_code', 'exchange_rate', 'total_amount', 'ordered_at', 'order_date', 'cancelled_at',
            'changed_at',
        ],
        order_by=[
            'changed_at desc', 'ordered_at desc', 'cancelled_at nulls last', 'status', 'currency_code', 'total_amount',
            'erp_customer_id', 'crm_customer_id', 'email', 'phone', 'country_code', 'sales_channel',
        ],
    ) }}
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
