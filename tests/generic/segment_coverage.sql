{#-
    Gate on `customer_segments`: every customer of `customers` who may be profiled has
    exactly one segment in each segmentation that there
    is, which the ones by rule are wherever orders are on, and nobody else has one.
-#}
{% test segment_coverage(model, customers) %}
with

segmentations as (
    select distinct segmentation from {{ model }}
    {%- if strate.is_on('erp_orders') %}
    {%- for segmentation in ['rfm', 'value', 'lifecycle'] %}
    union
    select '{{ segmentation }}' as segmentation
    {%- endfor %}
    {%- endif %}
),

expected as (
    select
        customers.customer_id,
        segmentations.segmentation
    from {{ customers }} as customers
    cross join segmentations
    where customers.may_be_profiled
),

found as (
    select
        customer_id,
        segmentation,
        count(*) as row_count,
        count(segment_key) as segment_count
    from {{ model }}
    group by customer_id, segmentation
),

compared as (
    select
        coalesce(expected.customer_id, found.customer_id) as customer_id,
        coalesce(expected.segmentation, found.segmentation) as segmentation,
        coalesce(found.row_count, 0) as row_count,
        coalesce(found.segment_count, 0) as segment_count,
        case when expected.customer_id is null then 0 else 1 end as is_customer
    from expected
    full outer join found
        on
            expected.customer_id = found.customer_id
            and expected.segmentation = found.segmentation
)

select
    customer_id,
    segmentation,
    segment_count,
    'customer ' || customer_id
    || case
        when is_customer = 0 then ' is not in customers, or may not be profiled, but has '
        else ' must have one segment in each segmentation, but has '
    end
    || cast(segment_count as {{ dbt.type_string() }}) || ' in ' || segmentation
    || case when row_count > segment_count then ', and a row without a segment_key' else '' end as message
from compared
where segment_count <> 1 or row_count <> 1 or is_customer = 0
{% endtest %}
