{#-
    Whether a fact is dated more than a day after its receipt: a clock that runs years ahead would move the last date in
    the data, and with it every as-of date. A receipt that is no possible date proves nothing.
-#}
{% macro clock_is_ahead(happened_at, received_at) -%}
    case
        when {{ strate.is_possible_date(received_at) }}
            then cast({{ happened_at }} as date) > {{ strate.add_days('cast(' ~ received_at ~ ' as date)', 1) }}
        else false
    end
{%- endmacro %}
