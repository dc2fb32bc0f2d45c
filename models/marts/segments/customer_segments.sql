{%- set sources = {
    'rfm': ref('int_segments__rfm'),
    'value': ref('int_segments__value'),
    'lifecycle': ref('int_segments__lifecycle'),
} -%}

with

memberships as (
    {%- for segmentation, source in sources.items() %}
    select
        '{{ segmentation }}' as segmentation,
        segment_key,
        customer_id,
        as_of_date,
        null as model_version
    from {{ source }}
    union all
    {%- endfor %}
    select
        'cluster' as segmentation,
        'cluster_' || cast(cluster_id as {{ dbt.type_string() }}) as segment_key,
        customer_id,
        as_of_date,
        model_version
    from {{ ref('int_segments__clusters') }}
)

select
    cast(customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(as_of_date as date) as as_of_date,
    cast(model_version as {{ dbt.type_string() }}) as model_version
from memberships
