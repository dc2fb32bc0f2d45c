select
    customer_id,
    segmentation,
    segment_key,
    as_of_date,
    model_version
from {{ ref('int_segments__memberships') }}
{%- if crossed_segmentations() %}
union all
select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(as_of_date as date) as as_of_date,
    cast(null as {{ dbt.type_string() }}) as model_version
from {{ ref('int_segments__hybrids') }}
{%- endif %}
