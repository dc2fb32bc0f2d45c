{#- The logarithm of a number's size and 1, with the number's sign: defined for all numbers, and 0 for 0. -#}
{% macro signed_log(value) -%}
    sign({{ value }}) * ln(1 + abs({{ value }}))
{%- endmacro %}
