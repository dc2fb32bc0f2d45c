{#- Gate on `segments`: no segment holds more than `maximum` of all customers, but for the rest that no rule wants. -#}
{% test maximum_segment_share(model, maximum) %}
select
    segmentation,
    segment_key,
    customer_share,
    segment_key || ' (' || segment_name || ') holds '
    || cast(cast(customer_share as decimal(10, 4)) as {{ dbt.type_string() }})
    || ' of all customers, more than max_segment_share = {{ maximum }}' as message
from {{ model }}
where
    customer_share > {{ maximum }}
    and segment_key not in ({{ strate.segments_judged_apart('maximum') }})
{% endtest %}
