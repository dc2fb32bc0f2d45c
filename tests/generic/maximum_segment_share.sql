{#- Gate on `segments`: no segment holds more than `maximum` of all customers. -#}
{% test maximum_segment_share(model, maximum) %}
select
    segmentation,
    segment_key,
    customer_share,
    segment_key || ' holds ' || round(customer_share, 3) || ' of all customers, more than max_segment_share = {{ maximum }}' as message
from {{ model }}
where customer_share > {{ maximum }}
{% endtest %}
