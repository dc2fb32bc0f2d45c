{#- What is wrong with the var hybrid_segmentations, each problem one sentence with the mend. -#}
{% macro hybrid_problems() %}
    {%- if var('hybrid_segmentations') and var('hybrid_segmentations') is not mapping -%}
        {{- return(['var `hybrid_segmentations` must be a mapping: the name of each segmentation, and below it what it crosses.']) -}}
    {%- endif -%}
    {{- return(strate.crossed_segmentations() | map(attribute='problems') | sum(start=[])) -}}
{% endmacro %}
