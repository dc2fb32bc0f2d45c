with

source as (
    {{ input_rows('erp_order_lines') }}
),

orders as (
    select
        order_id,
        ordered_at,
        order_date,
        exchange_rate
    from {{ ref('stg_erp__orders') }}
),

joined as (
    select
        source.order_line_id,
        source.order_id,
        source.product_id,
        source.quantity,
        source.unit_price,
        source.is_erased,
        orders.ordered_at,
        orders.order_date,
        orders.exchange_rate,
        coalesce(source.discount_amount, 0) as discount_amount,
        case when {{ is_possible_date('source.updated_at') }} then source.updated_at end as updated_at,
        -- A line cannot be booked before its order is placed: such a stamp is the clock of another system.
        case when source.booked_at > orders.ordered_at then source.booked_at else orders.ordered_at end as booked_at
    from source
    left join orders
        on source.order_id = orders.order_id
)

select
    order_line_id,
    order_id,
    order_date,
    product_id,
    quantity,
    unit_price,
    discount_amount,
    booked_at,
    coalesce(updated_at, booked_at) as changed_at,
    {{ reject_reason('erp_order_lines', rules=[
        ('ordered_at is null', 'order_id is no usable order'),
        ('not ' ~ is_possible_date('booked_at'), 'booked_at is an impossible date'),
        ('unit_price < 0', 'unit_price is negative'),
        ('quantity = 0', 'quantity is zero'),
        ('abs(quantity) >= 1e12', 'quantity is impossibly large'),
        (
            'abs(quantity * unit_price * exchange_rate) >= 1e12 or abs(discount_amount * exchange_rate) >= 1e12',
            'the amount is impossibly large',
        ),
    ]) }} as reject_reason
from joined
