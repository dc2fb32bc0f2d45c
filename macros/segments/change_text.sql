{#- What became of a measure, for a sentence, such as: recency_days rose from 84 to 131. -#}
{% macro change_text(measure, value_then, value_now) -%}
    {{ measure }}
    || case
        when {{ value_then }} = {{ value_now }} then ' stayed at '
        when {{ value_then }} < {{ value_now }} then ' rose from ' || {{ strate.number_text(value_then) }} || ' to '
        when {{ value_then }} > {{ value_now }} then ' fell from ' || {{ strate.number_text(value_then) }} || ' to '
        else ' went from ' || {{ strate.number_text(value_then) }} || ' to '
    end
    || {{ strate.number_text(value_now) }}
{%- endmacro %}
