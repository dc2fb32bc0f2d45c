{#-
    Gate on `segments`: no segment has fewer customers than `minimum`. A rule may declare another minimum, which
    minimum_rule_size judges.
-#}
{% test minimum_segment_size(model, minimum) %}
select
    segmentation,
    segment_key,
    customer_count,
    segment_key || ' (' || segment_name || ') has ' || cast(customer_count as {{ dbt.type_string() }})
    || ' customers, fewer than min_segment_size = {{ minimum }}' as message
from {{ model }}
where
    customer_count < {{ minimum }}
    and segment_key not in ({{ strate.segments_judged_apart('minimum') }})
{% endtest %}
