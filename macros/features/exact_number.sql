{#- A feature as a number of six exact decimals. Null beyond 1e15, which is no value that a customer can have. -#}
{% macro exact_number(expression) -%}
    cast(
        case
            when abs(cast({{ expression }} as {{ strate.type_double() }})) < 1e15
                then cast({{ expression }} as {{ strate.type_double() }})
        end as decimal(28, 6)
    )
{%- endmacro %}
