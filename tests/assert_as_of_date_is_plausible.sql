{{ config(tags=['gate'], severity='warn') }}

{%- set quiet_days = 30 %}

-- One row dated years ahead moves the as-of date with it, and then every customer looks long gone.
with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

last_dates as (
    {%- for model, column in [
        ('int_activity__order_lines', 'order_date'),
        ('int_activity__sessions', 'session_date'),
        ('int_activity__campaign_touches', 'touch_date'),
    ] %}
    select
        as_of_dates.as_of_date,
        max(activity.{{ column }}) as last_date
    from {{ ref(model) }} as activity
    inner join as_of_dates
        on activity.{{ column }} < as_of_dates.as_of_date
    group by as_of_dates.as_of_date
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    as_of_date,
    max(last_date) as last_date,
    'the latest as_of_date is ' || cast(as_of_date as {{ dbt.type_string() }})
    || ', but the last order, session or campaign message before it is of '
    || cast(max(last_date) as {{ dbt.type_string() }})
    || ': if a row with an impossible date made it, set the var latest_date to the day after the last true date, or'
    || ' the var as_of_date to the true date' as message
from last_dates
group by as_of_date
having max(last_date) < {{ add_days('as_of_date', -quiet_days) }}
