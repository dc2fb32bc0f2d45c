with

first_dates as (
    select min(as_of_date) as first_date from {{ ref('int_activity__as_of_dates') }}
    union all
    select min(order_date) as first_date from {{ ref('int_activity__order_lines') }}
    union all
    select min(session_date) as first_date from {{ ref('int_activity__sessions') }}
    union all
    select min(touch_date) as first_date from {{ ref('int_activity__campaign_touches') }}
),

latest as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

bounds as (
    select
        min(first_dates.first_date) as first_date,
        latest.as_of_date as last_date
    from first_dates
    cross join latest
    group by latest.as_of_date
),

digits as (
    {%- for digit in range(10) %}
    select {{ digit }} as digit
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
),

-- 273 years: more than earliest_date and latest_date leave room for.
numbers as (
    select
        ones.digit + 10 * tens.digit + 100 * hundreds.digit + 1000 * thousands.digit
        + 10000 * ten_thousands.digit as day_number
    from digits as ones
    cross join digits as tens
    cross join digits as hundreds
    cross join digits as thousands
    cross join digits as ten_thousands
)

select cast({{ add_days('bounds.first_date', 'numbers.day_number') }} as date) as date_day
from bounds
inner join numbers
    on numbers.day_number <= {{ days_between('bounds.first_date', 'bounds.last_date') }}
