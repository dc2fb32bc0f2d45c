{{ config(tags=['gate']) }}

{%- set string = dbt.type_string() %}

-- Equal means equal to the eighth decimal: sums of the same amounts in another order differ in the last bits.
with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

customers as (
    select
        features.customer_id,
        features.recency_days,
        features.order_count,
        round(features.revenue, 8) as revenue
    from {{ ref('customer_features') }} as features
    inner join as_of_dates
        on features.as_of_date = as_of_dates.as_of_date
),

rfm as (
    select
        customers.recency_days,
        customers.order_count,
        customers.revenue,
        count(*) as customer_count,
        min(rfm.segment_key) as least_segment_key,
        max(rfm.segment_key) as greatest_segment_key
        {%- for score in ['recency_score', 'frequency_score', 'monetary_score'] %},
        min(rfm.{{ score }}) as least_{{ score }},
        max(rfm.{{ score }}) as greatest_{{ score }}
        {%- endfor %}
    from customers
    inner join {{ ref('int_segments__rfm') }} as rfm
        on customers.customer_id = rfm.customer_id
    group by customers.recency_days, customers.order_count, customers.revenue
),

value_tiers as (
    select
        customers.revenue,
        count(*) as customer_count,
        min(value_tiers.segment_key) as least_segment_key,
        max(value_tiers.segment_key) as greatest_segment_key
    from customers
    inner join {{ ref('int_segments__value') }} as value_tiers
        on customers.customer_id = value_tiers.customer_id
    group by customers.revenue
)

select
    customer_count,
    cast(customer_count as {{ string }}) || ' customers have recency_days '
    || coalesce(cast(recency_days as {{ string }}), 'null') || ', order_count ' || cast(order_count as {{ string }})
    || ' and revenue ' || cast(revenue as {{ string }}) || ', but not the same segment and scores: '
    || least_segment_key || ' and ' || greatest_segment_key
    {%- for score in ['recency_score', 'frequency_score', 'monetary_score'] %}
    || coalesce(
        ', {{ score }} ' || cast(least_{{ score }} as {{ string }})
        || ' to ' || cast(greatest_{{ score }} as {{ string }}),
        ''
    )
    {%- endfor %} as message
from rfm
where
    least_segment_key <> greatest_segment_key
    {%- for score in ['recency_score', 'frequency_score', 'monetary_score'] %}
    or least_{{ score }} <> greatest_{{ score }}
    {%- endfor %}
union all
select
    customer_count,
    cast(customer_count as {{ string }}) || ' customers have revenue ' || cast(revenue as {{ string }})
    || ', but not the same value tier: ' || least_segment_key || ' and ' || greatest_segment_key as message
from value_tiers
where least_segment_key <> greatest_segment_key
