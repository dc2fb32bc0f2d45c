{#- A value, a double, as the clustering transforms it: by the var clustering_transform. -#}
{% macro clustering_transform(value, power) -%}
    {%- if var('clustering_transform') == 'log' -%}
        {{ strate.signed_log(value) }}
    {%- elif var('clustering_transform') == 'yeo_johnson' -%}
        {{ strate.yeo_johnson(value, power) }}
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}
