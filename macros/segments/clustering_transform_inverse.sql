{#- What clustering_transform made a value of, back in the feature's unit. -#}
{% macro clustering_transform_inverse(value, power) -%}
    {%- set y = '(' ~ value ~ ')' -%}
    {%- if var('clustering_transform') == 'log' -%}
        {{ strate.signed_exp(y) }}
    {%- elif var('clustering_transform') == 'yeo_johnson' -%}
        case
            when {{ y }} >= 0 and {{ power }} = 0 then exp({{ y }}) - 1
            when {{ y }} >= 0 then power({{ y }} * {{ power }} + 1, 1.0 / {{ power }}) - 1
            when {{ power }} = 2 then 1 - exp(-1 * {{ y }})
            else 1 - power(1 - (2 - {{ power }}) * {{ y }}, 1.0 / (2 - {{ power }}))
        end
    {%- else -%}
        {{ value }}
    {%- endif -%}
{%- endmacro %}
