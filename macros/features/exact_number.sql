{#-
    A feature as a number of six exact decimals that fits 64 bits. Null from 1e12 on, which no amount of an input may
    reach.
-#}
{% macro exact_number(expression) -%}
    cast(
        case
            when abs(cast({{ expression }} as {{ strate.type_double() }})) < 1e12
                then cast({{ expression }} as {{ strate.type_double() }})
        end as decimal(18, 6)
    )
{%- endmacro %}
