{#-
    What the history keeps of a customer beside the segments: (name, SQL) of each feature that the segmentations of Strate
    decide by, the clustering's last.
-#}
{% macro history_features() %}
    {%- set features = [] -%}
    {%- for name in ['recency_days', 'order_count', 'revenue', 'days_since_first_order', 'last_order_gap_days'] -%}
        {%- do features.append((name, 'cast(' ~ name ~ ' as ' ~ strate.type_double() ~ ')')) -%}
    {%- endfor -%}
    {%- for input in strate.clustering_inputs() if input.name not in features | map('first') -%}
        {%- do features.append((input.name, input.sql)) -%}
    {%- endfor -%}
    {{- return(features) -}}
{% endmacro %}
