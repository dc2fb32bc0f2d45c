with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

customers as (
    select
        customer_features.customer_id,
        customer_features.as_of_date,
        customer_features.revenue
    from {{ ref('customer_features') }} as customer_features
    inner join as_of_dates
        on customer_features.as_of_date = as_of_dates.as_of_date
    where customer_features.revenue is not null
),

amounts as (
    select
        as_of_date,
        revenue,
        -- Exact as every amount, and wider: one customer's revenue may exceed what one line can have.
        sum(cast(revenue as decimal(28, 4))) as total_revenue
    from customers
    where revenue > 0
    group by as_of_date, revenue
),

-- The share of revenue that better customers carry. Equal customers stand on one row, so they share a tier.
shares as (
    select
        as_of_date,
        revenue,
        (sum(total_revenue) over (
            partition by as_of_date order by revenue desc rows between unbounded preceding and current row
        ) - total_revenue)
        / sum(total_revenue) over (partition by as_of_date) as share_above
    from amounts
)

select
    customers.customer_id,
    customers.as_of_date,
    shares.share_above,
    case
        when shares.share_above is null then 'value_none'
        {%- for tier, share in var('value_tier_shares').items() %}
        when shares.share_above < {{ share }} then 'value_{{ tier }}'
        {%- endfor %}
        else 'value_low'
    end as segment_key
from customers
left join shares
    on
        customers.as_of_date = shares.as_of_date
        and customers.revenue = shares.revenue
