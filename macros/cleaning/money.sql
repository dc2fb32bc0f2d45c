{#-
    An amount in the reporting currency as an exact number of four decimals: sums of floating point numbers depend on the
    order of rows, and equal customers would not stay equal.
-#}
{% macro money(expression) -%}
    cast({{ expression }} as decimal(18, 4))
{%- endmacro %}
