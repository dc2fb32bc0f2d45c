{#- The value that a customer has in a dimension of a cross, as text: a segment_key, a band, or what the column says. -#}
{% macro crossed_value(dimension) %}
    {%- set bands = dimension.bands -%}
    {%- set column = 'customers.' ~ dimension.column -%}
    {%- if dimension.segmentation -%}
        memberships.{{ dimension.segmentation }}
    {%- elif bands -%}
        case
            when {{ column }} is null then 'unknown'
            {%- for from in bands %}
            when {{ column }} < {{ from }}
                then '{{ 'under ' ~ from if loop.first else (
                    bands[loop.index0 - 1] ~ ' to ' ~ (from - 1)
                    if dimension.type == 'integer' and from is integer
                    else bands[loop.index0 - 1] ~ ' to under ' ~ from
                ) }}'
            {%- endfor %}
            else '{{ bands | last }} and over'
        end
    {%- elif dimension.type == 'boolean' -%}
        case when {{ column }} then 'yes' when not {{ column }} then 'no' else 'unknown' end
    {%- else -%}
        coalesce(nullif(cast({{ column }} as {{ dbt.type_string() }}), ''), 'unknown')
    {%- endif -%}
{% endmacro %}
