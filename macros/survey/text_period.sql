{#- The number of the period of `text_refit_months` months that a time lies in, counted from year 0. -#}
{% macro text_period(expression) -%}
    cast(
        floor(
            (extract(year from {{ expression }}) * 12 + extract(month from {{ expression }}) - 1)
            / {{ var('text_refit_months') }}.0
        ) as integer
    )
{%- endmacro %}
