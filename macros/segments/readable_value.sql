{#- A value of a feature as text, by its kind: 17 %, 3.4 %, 1,234 EUR, 7.2, 0.53. Whole numbers have no decimals. -#}
{% macro readable_value(value, kind, is_with_currency=true) %}
    case
        when {{ kind }} = 'share' and (abs({{ value }}) >= 0.1 or {{ value }} = 0)
            then {{ grouped_number('100 * ' ~ value) }} || ' %'
        when {{ kind }} = 'share' then {{ fixed_decimals('100 * ' ~ value, 1) }} || ' %'
        when abs({{ value }}) >= 10 or round({{ value }}, 2) = round({{ value }}) then {{ grouped_number(value) }}
        when {{ kind }} = 'number' then {{ fixed_decimals(value, 2) }}
        when round({{ value }}, 1) = round({{ value }}) then {{ grouped_number(value) }}
        else {{ fixed_decimals(value, 1) }}
    end
    {%- if is_with_currency %}
    || case when {{ kind }} = 'amount' then ' {{ var("reporting_currency") }}' else '' end
    {%- endif %}
{%- endmacro %}
