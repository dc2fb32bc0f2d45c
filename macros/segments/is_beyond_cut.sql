{#- 1 where a value has reached what lies at a cut, by the side that segmentation_cuts gives it, else 0. -#}
{% macro is_beyond_cut(value, side, cut) -%}
    case
        when {{ side }} = 'above' and {{ value }} > {{ cut }} then 1
        when {{ side }} = 'from' and {{ value }} >= {{ cut }} then 1
        when {{ side }} = 'below' and {{ value }} < {{ cut }} then 1
        when {{ side }} = 'up to' and {{ value }} <= {{ cut }} then 1
        else 0
    end
{%- endmacro %}
