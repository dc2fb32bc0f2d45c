with

order_lines as (
    select * from {{ ref('int_activity__order_lines') }}
    where account_key is not null
),

accounts as (
    select
        as_of_date,
        account_key,
        customer_id
    from {{ ref('int_identity__accounts') }}
    where not is_test
),

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

products as (
    select
        product_id,
        category
    from {{ ref('stg_erp__products') }}
),

order_days as (
    {{ order_days('order_lines') }}
),

known_order_days as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        order_days.order_id,
        order_days.order_date,
        order_days.booked_date,
        order_days.gross_amount,
        order_days.discount_amount,
        order_days.returned_amount,
        order_days.item_count,
        order_days.net_amount,
        case when order_days.cancelled_at < as_of_dates.as_of_end then 1 else 0 end as is_cancelled
    from order_days
    inner join accounts
        on
            order_days.account_key = accounts.account_key
            and order_days.booked_date <= accounts.as_of_date
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
),

orders as (
    select
        as_of_date,
        customer_id,
        order_id,
        max(is_cancelled) as is_cancelled,
        min(order_date) as order_date,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(item_count) as item_count,
        {%- for days in [30, 90, 365] %}
        sum(
            case when booked_date > {{ add_days('as_of_date', -days) }} then net_amount else 0 end
        ) as net_amount_{{ days }}_days,
        {%- endfor %}
        sum(net_amount) as net_amount
    from known_order_days
    group by as_of_date, customer_id, order_id
),

-- An order counts when something was sold for money: free samples and returns on their own are no purchases.
judged_orders as (
    select
        *,
        case when is_cancelled = 0 and gross_amount > 0 then 1 else 0 end as is_purchase,
        gross_amount - discount_amount as basket_amount
    from orders
),

purchases as (
    select
        as_of_date,
        customer_id,
        order_date,
        lag(order_date) over (
            partition by as_of_date, customer_id
            order by order_date, order_id
        ) as previous_order_date,
        lead(order_id) over (
            partition by as_of_date, customer_id
            order by order_date, order_id
        ) as next_order_id
    from judged_orders
    where is_purchase = 1
),

gaps as (
    select
        as_of_date,
        customer_id,
        stddev_samp({{ days_between('previous_order_date', 'order_date') }}) as days_between_orders_deviation,
        max(
            case when next_order_id is null then {{ days_between('previous_order_date', 'order_date') }} end
        ) as last_order_gap_days
    from purchases
    group by as_of_date, customer_id
),

totals as (
    select
        as_of_date,
        customer_id,
        max(case when is_purchase = 1 then order_date end) as last_order_date,
        min(case when is_purchase = 1 then order_date end) as first_order_date,
        sum(is_purchase) as order_count,
        {%- for days in [30, 90, 365] %}
        sum(
            case
                when is_purchase = 1 and order_date > {{ add_days('as_of_date', -days) }} then 1
                else 0
            end
        ) as order_count_{{ days }}_days,
        sum(case when is_cancelled = 0 then net_amount_{{ days }}_days else 0 end) as revenue_{{ days }}_days,
        {%- endfor %}
        sum(case when is_cancelled = 0 then net_amount else 0 end) as revenue,
        sum(case when is_cancelled = 0 then item_count else 0 end) as item_count,
        sum(case when is_cancelled = 0 then gross_amount else 0 end) as gross_amount,
        sum(case when is_cancelled = 0 then discount_amount else 0 end) as discount_amount,
        sum(case when is_cancelled = 0 then returned_amount else 0 end) as returned_amount,
        avg(case when is_purchase = 1 then basket_amount end) as average_order_value,
        avg(
            case
                when is_purchase = 1 and order_date > {{ add_days('as_of_date', -180) }}
                    then basket_amount
            end
        ) as late_order_value,
        avg(
            case
                when
                    is_purchase = 1
                    and order_date > {{ add_days('as_of_date', -360) }}
                    and order_date <= {{ add_days('as_of_date', -180) }}
                    then basket_amount
            end
        ) as early_order_value,
        count(case when is_cancelled = 1 and gross_amount > 0 then 1 end) as cancelled_order_count
    from judged_orders
    group by as_of_date, customer_id
),

category_days as (
    select
        order_lines.account_key,
        order_lines.cancelled_at,
        coalesce(products.category, 'unknown') as category,
        cast(order_lines.booked_at as date) as booked_date,
        sum(order_lines.gross_amount) as gross_amount
    from order_lines
    left join products
        on order_lines.product_id = products.product_id
    where
        order_lines.gross_amount > 0
        {%- if not is_on('erp_products') %}
        and 1 = 0 -- without products nobody has categories
        {%- endif %}
    group by
        order_lines.account_key, order_lines.cancelled_at, coalesce(products.category, 'unknown'),
        cast(order_lines.booked_at as date)
),

category_amounts as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        category_days.category,
        sum(category_days.gross_amount) as gross_amount
    from category_days
    inner join accounts
        on
            category_days.account_key = accounts.account_key
            and category_days.booked_date <= accounts.as_of_date
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where category_days.cancelled_at is null or category_days.cancelled_at >= as_of_dates.as_of_end
    group by accounts.as_of_date, accounts.customer_id, category_days.category
),

category_shares as (
    select
        as_of_date,
        customer_id,
        category,
        gross_amount / sum(gross_amount) over (partition by as_of_date, customer_id) as share,
        row_number() over (partition by as_of_date, customer_id order by gross_amount desc, category) as category_rank
    from category_amounts
),

categories as (
    select
        as_of_date,
        customer_id,
        count(*) as category_count,
        sum(-1 * share * ln(share)) as category_entropy,
        max(case when category_rank = 1 then category end) as favourite_category,
        max(share) as favourite_category_share
    from category_shares
    group by as_of_date, customer_id
)

select
    totals.as_of_date,
    totals.customer_id,
    {{ days_between('totals.last_order_date', 'totals.as_of_date') }} as recency_days,
    {{ days_between('totals.first_order_date', 'totals.as_of_date') }} as days_since_first_order,
    totals.order_count,
    totals.order_count_30_days,
    totals.order_count_90_days,
    totals.order_count_365_days,
    totals.revenue,
    totals.revenue_30_days,
    totals.revenue_90_days,
    totals.revenue_365_days,
    cast(totals.item_count as {{ type_double() }}) as item_count,
    totals.average_order_value,
    totals.late_order_value / nullif(totals.early_order_value, 0) - 1 as average_order_value_growth,
    case
        when totals.returned_amount > totals.gross_amount then 1
        else totals.returned_amount / nullif(totals.gross_amount, 0)
    end as return_share,
    totals.discount_amount / nullif(totals.gross_amount, 0) as discount_share,
    1.0 * totals.cancelled_order_count
    / nullif(totals.cancelled_order_count + totals.order_count, 0) as cancellation_share,
    categories.category_count,
    categories.category_entropy,
    categories.favourite_category,
    categories.favourite_category_share,
    1.0 * {{ days_between('totals.first_order_date', 'totals.last_order_date') }}
    / nullif(totals.order_count - 1, 0) as average_days_between_orders,
    gaps.days_between_orders_deviation,
    gaps.last_order_gap_days
from totals
left join gaps
    on
        totals.as_of_date = gaps.as_of_date
        and totals.customer_id = gaps.customer_id
left join categories
    on
        totals.as_of_date = categories.as_of_date
        and totals.customer_id = categories.customer_id
