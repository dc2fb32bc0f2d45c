{{ config(materialized='view') }}

with

customers as (
    select * from {{ ref('int_segments__customers') }}
    -- Null where orders are switched off: then nobody has an RFM segment.
    where order_count is not null
),

cuts as (
    select
        as_of_date
        {%- for measure in ['recency_days', 'order_count', 'revenue'] %}
        {%- for score in [2, 3, 4, 5] %},
        max(
            case when measure = '{{ measure }}' and level = '{{ score }}' then cut_value end
        ) as {{ measure }}_{{ score }}
        {%- endfor %}
        {%- endfor %}
    from {{ ref('segmentation_cuts') }}
    where segmentation = 'rfm'
    group by as_of_date
),

scored as (
    select
        customers.customer_id,
        customers.as_of_date,
        customers.recency_days,
        customers.order_count,
        customers.revenue
        {%- for name, measure, sign in [
            ('recency_score', 'recency_days', '<'),
            ('frequency_score', 'order_count', '>'),
            ('monetary_score', 'revenue', '>'),
        ] %},
        case
            when customers.order_count = 0 then null
            {%- for score in [5, 4, 3, 2] %}
            when customers.{{ measure }} {{ sign }} cuts.{{ measure }}_{{ score }} then {{ score }}
            {%- endfor %}
            else 1
        end as {{ name }}
        {%- endfor %}
    from customers
    left join cuts
        on customers.as_of_date = cuts.as_of_date
)

select
    customer_id,
    as_of_date,
    recency_days,
    order_count,
    revenue,
    recency_score,
    frequency_score,
    monetary_score,
    recency_score + frequency_score + monetary_score as rfm_score,
    {{ rfm_segment_key('recency_score', 'frequency_score', 'monetary_score') }} as segment_key
from scored
