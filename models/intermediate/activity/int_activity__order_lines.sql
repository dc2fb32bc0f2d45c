-- depends_on: {{ ref('stg_erp__order_lines') }}
{%- set sources = [
    (ref('base_erp__orders'), 'order_id', 'order_date'),
    (ref('base_erp__order_lines'), 'order_line_id', 'order_date'),
] -%}
{%- set first_date = first_affected_date(sources) if is_incremental() -%}
{{ config(
    materialized='incremental',
    incremental_strategy=incremental_by_date(),
    unique_key='order_date',
    partition_by=partition_by_date('order_date'),
    on_schema_change='fail',
    pre_hook="{{ strate.delete_affected('order_date', [
        (ref('base_erp__orders'), 'order_id', 'order_date'),
        (ref('base_erp__order_lines'), 'order_line_id', 'order_date'),
    ]) }}"
) }}

with

orders as (
    select * from {{ ref('stg_erp__orders') }}
    {%- if is_incremental() %}
    where order_date >= {{ first_date }}
    {%- endif %}
),

{% if is_on('erp_order_lines') -%}
order_lines as (
    {%- if is_incremental() %}
    {{ order_lines(first_date) }}
    {%- else %}
    select * from {{ ref('stg_erp__order_lines') }}
    {%- endif %}
)
{%- else -%}
-- Without lines an order counts as one line of an unknown product over its total.
order_lines as (
    select
        order_id,
        order_id as order_line_id,
        cast(null as {{ dbt.type_string() }}) as product_id,
        case when total_amount < 0 then -1 else 1 end as quantity,
        abs(total_amount) as unit_price,
        0 as discount_amount,
        ordered_at as booked_at,
        changed_at,
        1 as version_count
    from orders
    where total_amount is not null
)
{%- endif %}

select
    order_lines.order_line_id,
    orders.order_id,
    orders.account_key,
    order_lines.product_id,
    orders.order_date,
    orders.ordered_at,
    order_lines.booked_at,
    orders.cancelled_at,
    order_lines.quantity,
    order_lines.version_count,
    -- A negative quantity is a return: it lowers revenue from the day it is booked.
    {{ money(
        'case when order_lines.quantity > 0 then order_lines.quantity * order_lines.unit_price * orders.exchange_rate else 0 end'
    ) }} as gross_amount,
    {{ money(
        'case when order_lines.quantity > 0 then abs(order_lines.discount_amount) * orders.exchange_rate else 0 end'
    ) }} as discount_amount,
    {{ money(
        'case
            when order_lines.quantity < 0
                then (abs(order_lines.quantity) * order_lines.unit_price - abs(order_lines.discount_amount)) * orders.exchange_rate
            else 0
        end'
    ) }} as returned_amount,
    case
        when orders.changed_at > order_lines.changed_at then orders.changed_at
        else order_lines.changed_at
    end as changed_at
from orders
inner join order_lines
    on orders.order_id = order_lines.order_id
