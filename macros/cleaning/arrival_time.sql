{#-
    When a fact became known: its time of receipt, where that is given and plausible, else the time it happened.
    A receipt a year late is taken for a wrong clock: it would hide all that arrives before that date from
    incremental runs.
-#}
{% macro arrival_time(happened_at, received_at) -%}
    case
        when
            {{ received_at }} > {{ happened_at }}
            and cast({{ received_at }} as date) < {{ strate.add_days('cast(' ~ happened_at ~ ' as date)', 366) }}
            then {{ received_at }}
        else {{ happened_at }}
    end
{%- endmacro %}
