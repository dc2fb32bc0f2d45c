{#- A number as text with so many decimals. -#}
{% macro fixed_decimals(expression, decimals) -%}
    cast(cast(round({{ expression }}, {{ decimals }}) as decimal(28, {{ decimals }})) as {{ dbt.type_string() }})
{%- endmacro %}
