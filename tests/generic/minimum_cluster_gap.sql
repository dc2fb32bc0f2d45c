{#-
    Gate on `cluster_evidence`: every cluster lies at least `minimum` spreads from the cluster next to it. Clusters that
    are not round can lie apart with centres that coincide: lower the var where such an algorithm was chosen.
-#}
{% test minimum_cluster_gap(model, minimum) %}
select
    segment_key,
    gap,
    segment_key || ' lies ' || cast(cast(gap as decimal(10, 2)) as {{ dbt.type_string() }})
    || ' spreads from ' || nearest_segment_key || ', nearer than min_cluster_gap = {{ minimum }}' as message
from {{ model }}
where gap < {{ minimum }}
{% endtest %}
