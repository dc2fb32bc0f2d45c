{#- The boundaries between lifecycle stages, in the words of segmentation_cuts: (measure, level, side, cut value). -#}
{% macro lifecycle_cuts() %}
    {{- return([
        ('days_since_first_order', 'lifecycle_new', 'up to', var('lifecycle_new_days')),
        ('recency_days', 'lifecycle_lapsed', 'above', var('lifecycle_lapsed_days')),
        ('recency_days', 'lifecycle_cooling', 'above', var('lifecycle_active_days')),
        ('last_order_gap_days', 'lifecycle_reactivated', 'above', var('lifecycle_lapsed_days')),
    ]) -}}
{% endmacro %}
