select
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(as_of_date as date) as as_of_date,
    {%- for number in range(1, 5) %}
    cast(value_{{ number }} as {{ dbt.type_string() }}) as value_{{ number }},
    {%- endfor %}
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(cell_name as {{ dbt.type_string() }}) as cell_name,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(segment_name as {{ dbt.type_string() }}) as segment_name,
    cast(outcome as {{ dbt.type_string() }}) as outcome,
    cast(reason as {{ dbt.type_string() }}) as reason
from {{ ref('hybrid_fit') }}
