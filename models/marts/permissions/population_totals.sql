{%- set least = var('min_reported_customers') | int -%}

with

customers as (
    select
        customers.as_of_date,
        customers.customer_id,
        case when unprofiled.customer_id is null then 1 else 0 end as is_profiled
    from {{ ref('int_identity__customers') }} as customers
    left join {{ ref('int_permissions__unprofiled') }} as unprofiled
        on
            customers.as_of_date = unprofiled.as_of_date
            and customers.customer_id = unprofiled.customer_id
),

-- Those who may not be profiled have no features: their orders are added up here, all of them at once.
order_amounts as (
    select
        unprofiled.as_of_date,
        unprofiled.customer_id,
        order_lines.order_id,
        sum(order_lines.gross_amount) as gross_amount,
        sum(order_lines.gross_amount - order_lines.discount_amount - order_lines.returned_amount) as net_amount
    from {{ ref('int_permissions__unprofiled') }} as unprofiled
    inner join {{ ref('int_activity__as_of_dates') }} as as_of_dates
        on unprofiled.as_of_date = as_of_dates.as_of_date
    inner join {{ ref('int_identity__accounts') }} as accounts
        on
            unprofiled.as_of_date = accounts.as_of_date
            and unprofiled.customer_id = accounts.customer_id
    inner join {{ ref('int_activity__order_lines') }} as order_lines
        on
            accounts.account_key = order_lines.account_key
            and order_lines.booked_at < as_of_dates.as_of_end
    where
        not accounts.is_test
        and (order_lines.cancelled_at is null or order_lines.cancelled_at >= as_of_dates.as_of_end)
    group by unprofiled.as_of_date, unprofiled.customer_id, order_lines.order_id
),

spending as (
    select
        as_of_date,
        customer_id,
        case when order_count > 0 then 1 else 0 end as is_buyer,
        cast(revenue as decimal(28, 6)) as revenue
    from {{ ref('customer_features') }}
    union all
    select
        as_of_date,
        customer_id,
        max(case when gross_amount > 0 then 1 else 0 end) as is_buyer,
        cast(sum(net_amount) as decimal(28, 6)) as revenue
    from order_amounts
    group by as_of_date, customer_id
),

totals as (
    select
        customers.as_of_date,
        count(*) as customer_count,
        sum(customers.is_profiled) as profiled_count,
        count(*) - sum(customers.is_profiled) as unprofiled_count,
        coalesce(sum(spending.is_buyer), 0) as buyer_count,
        coalesce(sum(case when customers.is_profiled = 0 then spending.is_buyer end), 0) as unprofiled_buyer_count,
        {{ 'coalesce(sum(spending.revenue), 0)' if is_on('erp_orders') else 'sum(spending.revenue)' }} as revenue
    from customers
    left join spending
        on
            customers.as_of_date = spending.as_of_date
            and customers.customer_id = spending.customer_id
    group by customers.as_of_date
)

-- Less what other marts say, a total tells of those who are in none of them: it is shown where they are none or many.
select
    cast(as_of_date as date) as as_of_date,
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(profiled_count as {{ dbt.type_bigint() }}) as profiled_count,
    cast(unprofiled_count as {{ dbt.type_bigint() }}) as unprofiled_count,
    cast(
        case
            when buyer_count >= {{ least }} and (unprofiled_count = 0 or unprofiled_buyer_count >= {{ least }})
                then buyer_count
        end as {{ dbt.type_bigint() }}
    ) as buyer_count,
    cast(
        case
            when buyer_count >= {{ least }} and (unprofiled_count = 0 or unprofiled_buyer_count >= {{ least }})
                then revenue
        end as {{ type_double() }}
    ) as revenue
from totals
