{#-
    When a fact became known: its time of receipt, where that is given and plausible, else the time it happened.
    A receipt a year late is taken for a wrong clock: it would hide all that arrives before that date from
    incremental runs.
-#}
{% macro arrival_time(happened_at, received_at) -%}
    case
        -- First, because an engine cannot add days to the end of its calendar.
        when not coalesce({{ received_at }} > {{ happened_at }} and {{ strate.is_possible_date(received_at) }}, false)
            then {{ happened_at }}
        when cast({{ received_at }} as date) < {{ strate.add_days('cast(' ~ happened_at ~ ' as date)', 366) }}
            then {{ received_at }}
        else {{ happened_at }}
    end
{%- endmacro %}
