{#- The segmentations that Strate makes without being told, whose names nothing else may have. -#}
{% macro base_segmentations() %}
    {{- return(['rfm', 'value', 'lifecycle', 'cluster']) -}}
{% endmacro %}
