{#- A number, null where it is infinite or not a number: every engine sorts NaN above all others. -#}
{% macro finite(expression) -%}
    case when abs({{ expression }}) < 1e300 then {{ expression }} end
{%- endmacro %}
