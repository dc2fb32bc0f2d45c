{#-
    The boundaries that settings draw and data do not, in the words of segmentation_cuts: (segmentation, measure, level,
    side, cut value). Those of a segmentation stand in the order in which they are tried.
-#}
{% macro fixed_cuts() %}
    {{- return([
        ('rfm', 'order_count', 'rfm_never_bought', 'up to', 0),
        ('lifecycle', 'order_count', 'lifecycle_never_bought', 'up to', 0),
        ('lifecycle', 'days_since_first_order', 'lifecycle_new', 'up to', var('lifecycle_new_days')),
        ('lifecycle', 'recency_days', 'lifecycle_lapsed', 'above', var('lifecycle_lapsed_days')),
        ('lifecycle', 'recency_days', 'lifecycle_cooling', 'above', var('lifecycle_active_days')),
        ('lifecycle', 'last_order_gap_days', 'lifecycle_reactivated', 'above', var('lifecycle_lapsed_days')),
    ]) -}}
{% endmacro %}
