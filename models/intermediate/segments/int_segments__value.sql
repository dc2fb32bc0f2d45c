{{ config(materialized='view') }}

with

customers as (
    select * from {{ ref('int_segments__customers') }}
    -- Null where orders are switched off: then nobody has a tier.
    where revenue is not null
),

cuts as (
    select
        as_of_date
        {%- for tier in ['top', 'high', 'medium', 'low'] %},
        max(case when level = 'value_{{ tier }}' then cut_value end) as {{ tier }}_revenue
        {%- endfor %}
    from {{ ref('segmentation_cuts') }}
    where segmentation = 'value'
    group by as_of_date
)

select
    customers.customer_id,
    customers.as_of_date,
    customers.revenue,
    case
        {%- for tier in ['top', 'high', 'medium', 'low'] %}
        when customers.revenue >= cuts.{{ tier }}_revenue then 'value_{{ tier }}'
        {%- endfor %}
        else 'value_none'
    end as segment_key
from customers
left join cuts
    on customers.as_of_date = cuts.as_of_date
