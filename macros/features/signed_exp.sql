{#- What signed_log made a value of. -#}
{% macro signed_exp(value) -%}
    sign({{ value }}) * (exp(abs({{ value }})) - 1)
{%- endmacro %}
