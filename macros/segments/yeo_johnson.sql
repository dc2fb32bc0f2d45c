{#- The power transform of Yeo and Johnson (2000), which also takes zero and negative values. -#}
{% macro yeo_johnson(value, power) -%}
    case
        when {{ value }} >= 0 and {{ power }} = 0 then ln({{ value }} + 1)
        when {{ value }} >= 0 then (power({{ value }} + 1, {{ power }}) - 1) / {{ power }}
        when {{ power }} = 2 then -1 * ln(1 - {{ value }})
        else -1 * (power(1 - {{ value }}, 2 - {{ power }}) - 1) / (2 - {{ power }})
    end
{%- endmacro %}
