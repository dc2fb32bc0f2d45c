{#- The segmentations that exclusive rules make. -#}
{% macro rule_segmentations() %}
    {{- return(strate.declared_rules() | selectattr('is_exclusive') | map(attribute='segmentation') | unique | list) -}}
{% endmacro %}
