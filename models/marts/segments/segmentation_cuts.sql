with

cuts as (
    select
        as_of_date,
        'rfm' as segmentation,
        measure,
        cast(score as {{ dbt.type_string() }}) as level,
        case when measure = 'recency_days' then 'below' else 'above' end as side,
        cut_value
    from {{ ref('int_segments__rfm_cuts') }}
    union all
    select
        customer_segments.as_of_date,
        'value' as segmentation,
        'revenue' as measure,
        customer_segments.segment_key as level,
        'from' as side,
        min(customer_features.revenue) as cut_value
    from {{ ref('customer_segments') }} as customer_segments
    inner join {{ ref('customer_features') }} as customer_features
        on
            customer_segments.customer_id = customer_features.customer_id
            and customer_segments.as_of_date = customer_features.as_of_date
    where customer_segments.segmentation = 'value' and customer_segments.segment_key <> 'value_none'
    group by customer_segments.as_of_date, customer_segments.segment_key
)

select
    cast(as_of_date as date) as as_of_date,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(level as {{ dbt.type_string() }}) as level,
    cast(side as {{ dbt.type_string() }}) as side,
    cast(cut_value as {{ type_double() }}) as cut_value
from cuts
