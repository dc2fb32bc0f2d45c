{#- A number for a sentence: whole where it is, else with two decimals; `none` where there is none. -#}
{% macro number_text(expression) -%}
    case
        when {{ expression }} is null then 'none'
        when abs({{ expression }}) >= 1e15 then cast({{ expression }} as {{ dbt.type_string() }})
        when {{ expression }} = floor({{ expression }})
            then cast(cast({{ expression }} as {{ dbt.type_bigint() }}) as {{ dbt.type_string() }})
        else cast(cast({{ expression }} as decimal(28, 2)) as {{ dbt.type_string() }})
    end
{%- endmacro %}
