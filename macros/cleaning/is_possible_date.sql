{#- Whether a timestamp lies within the vars earliest_date and latest_date. -#}
{% macro is_possible_date(expression) -%}
    ({{ expression }} >= cast('{{ var("earliest_date") }}' as {{ dbt.type_timestamp() }})
    and {{ expression }} < cast('{{ var("latest_date") }}' as {{ dbt.type_timestamp() }}))
{%- endmacro %}
