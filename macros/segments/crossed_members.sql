{#-
    Every customer with their cell in each crossed segmentation: value_1 to value_4, empty beyond the last dimension.
    Nobody has one where a segmentation that is crossed has no segments. Reads the CTEs `customers` and `memberships`,
    the second with a column per segmentation.
-#}
{% macro crossed_members() %}
    {%- set crossed = strate.crossed_segmentations() -%}
    {%- for hybrid in crossed or [{'key': '', 'dimensions': []}] %}
    select
        '{{ hybrid.key }}' as segmentation,
        customers.customer_id,
        customers.as_of_date
        {%- for number in range(4) %},
        {%- if number < hybrid.dimensions | length %}
        {{ strate.crossed_value(hybrid.dimensions[number]) }} as value_{{ number + 1 }}
        {%- else %}
        '' as value_{{ number + 1 }}
        {%- endif %}
        {%- endfor %}
    from customers
    left join memberships
        on customers.customer_id = memberships.customer_id
    where
        1 = {{ 1 if crossed else 0 }}
        {%- for dimension in hybrid.dimensions if dimension.segmentation %}
        and memberships.{{ dimension.segmentation }} is not null
        {%- endfor %}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{%- endmacro %}
