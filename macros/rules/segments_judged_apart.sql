{#-
    Segments of rules that the gates on all segments leave out: the rest of a segmentation, which nobody declared, and
    for the minimum size those that have a minimum of their own.
-#}
{% macro segments_judged_apart(gate) %}
    {#- Never empty, for nothing is `not in` an empty list. -#}
    {%- set keys = [''] -%}
    {%- for segmentation in strate.rule_segmentations() -%}
        {%- do keys.append(segmentation ~ '_rest') -%}
    {%- endfor -%}
    {%- for rule in strate.declared_rules() if gate == 'minimum' and rule.min_customers is not none -%}
        {%- do keys.append(rule.key) -%}
    {%- endfor -%}
    {{- return(strate.text_list(keys)) -}}
{% endmacro %}
