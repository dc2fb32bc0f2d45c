{#- Gate on `segments`: no segment has fewer customers than `minimum`. -#}
{% test minimum_segment_size(model, minimum) %}
select
    segmentation,
    segment_key,
    customer_count,
    segment_key || ' has ' || customer_count || ' customers, fewer than min_segment_size = {{ minimum }}' as message
from {{ model }}
where customer_count < {{ minimum }}
{% endtest %}
