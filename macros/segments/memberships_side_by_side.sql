{#- One row per customer with their segment in each segmentation that is crossed, and with nothing else where none is. -#}
{% macro memberships_side_by_side() %}
    {%- set segmentations = [] -%}
    {%- for hybrid in strate.crossed_segmentations() -%}
        {%- do segmentations.extend(hybrid.dimensions | map(attribute='segmentation') | select('string')) -%}
    {%- endfor %}
    select
        customer_id
        {%- for segmentation in segmentations | unique %},
        max(case when segmentation = '{{ segmentation }}' then segment_key end) as {{ segmentation }}
        {%- endfor %}
    from {{ ref('int_segments__memberships') }}
    where segmentation in ({{ strate.text_list(segmentations) }})
    group by customer_id
{%- endmacro %}
