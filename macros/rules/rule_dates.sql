{#-
    The date by whose end rules are judged: the as-of date of the last whole build, or that of the newest event since.
    Features stay as of the last whole build; events move on.
-#}
{% macro rule_dates() %}
    select max(as_of_date) as as_of_date
    from (
        select as_of_date from {{ ref('int_activity__as_of_dates') }}
        where is_latest
        {%- if var('as_of_date') is none %}
        union all
        select max(order_date) as as_of_date from {{ ref('int_activity__order_lines') }}
        union all
        select max(session_date) as as_of_date from {{ ref('int_activity__sessions') }}
        union all
        select max(cast(last_event_at as date)) as as_of_date from {{ ref('int_activity__campaign_touches') }}
        {%- endif %}
    ) as dates
{%- endmacro %}
