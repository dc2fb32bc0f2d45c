{#- A value, a double, as the clustering transforms it: by the var clustering_transform. -#}
{% macro clustering_transform(value, power) -%}
    {%- if var('clustering_transform') == 'log' -%}
        sign({{ value }}) * ln(1 + abs({{ value }}))
    {%- elif var('clustering_transform') == 'yeo_johnson' -%}
        {{ strate.yeo_johnson(value, power) }}
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}
