{%- set measures = {'recency_days': '-1 * recency_days', 'order_count': 'order_count', 'revenue': 'revenue'} -%}

with

customers as (
    select * from {{ ref('int_segments__customers') }}
),

-- Cuts lie on values that occur, one row each here, so customers with equal values get equal scores and tiers.
buyers_per_value as (
    {%- for measure, better in measures.items() %}
    select
        as_of_date,
        '{{ measure }}' as measure,
        cast({{ measure }} as {{ type_double() }}) as cut_value,
        cast({{ better }} as {{ type_double() }}) as goodness,
        count(*) as buyer_count
    from customers
    where order_count > 0
    group by as_of_date, {{ measure }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

buyer_shares as (
    select
        as_of_date,
        measure,
        cut_value,
        goodness,
        cast(sum(buyer_count) over (
            partition by as_of_date, measure order by goodness rows between unbounded preceding and current row
        ) as {{ type_double() }})
        / sum(buyer_count) over (partition by as_of_date, measure) as share_up_to
    from buyers_per_value
),

scores as (
    {%- for score in [2, 3, 4, 5] %}
    select
        '{{ score }}' as level,
        {{ (score - 1) / 5 }} as share_below
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

rfm_cuts as (
    select
        buyer_shares.as_of_date,
        'rfm' as segmentation,
        buyer_shares.measure,
        scores.level,
        case when buyer_shares.measure = 'recency_days' then 'below' else 'above' end as side,
        -- The least good value: the greatest of recency, the smallest of the others.
        case
            when buyer_shares.measure = 'recency_days' then max(buyer_shares.cut_value) else min(buyer_shares.cut_value)
        end as cut_value
    from buyer_shares
    cross join scores
    where buyer_shares.share_up_to >= scores.share_below
    group by buyer_shares.as_of_date, buyer_shares.measure, scores.level
),

revenue_per_value as (
    select
        as_of_date,
        revenue,
        -- Exact as every amount, and wider: one customer's revenue may exceed what one line can have.
        sum(cast(revenue as decimal(28, 4))) as total_revenue
    from customers
    where revenue > 0
    group by as_of_date, revenue
),

-- The share of revenue that better customers carry.
revenue_shares as (
    select
        as_of_date,
        revenue,
        (sum(total_revenue) over (
            partition by as_of_date order by revenue desc rows between unbounded preceding and current row
        ) - total_revenue)
        / sum(total_revenue) over (partition by as_of_date) as share_above
    from revenue_per_value
),

tiered as (
    select
        as_of_date,
        revenue,
        case
            {%- for tier, share in var('value_tier_shares').items() %}
            when share_above < {{ share }} then 'value_{{ tier }}'
            {%- endfor %}
            else 'value_low'
        end as level
    from revenue_shares
),

cuts as (
    select
        as_of_date,
        segmentation,
        measure,
        level,
        side,
        cut_value
    from rfm_cuts
    union all
    select
        as_of_date,
        'value' as segmentation,
        'revenue' as measure,
        level,
        'from' as side,
        min(revenue) as cut_value
    from tiered
    group by as_of_date, level
)

select
    cast(as_of_date as date) as as_of_date,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(level as {{ dbt.type_string() }}) as level,
    cast(side as {{ dbt.type_string() }}) as side,
    cast(cut_value as {{ type_double() }}) as cut_value
from cuts
