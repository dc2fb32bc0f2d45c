with

sessions as (
    select * from {{ ref('int_activity__sessions') }}
    where not is_bot
),

accounts as (
    select
        as_of_date,
        account_key,
        customer_id
    from {{ ref('int_identity__accounts') }}
    where not is_test
),

home_countries as (
    select
        as_of_date,
        customer_id,
        country_code
    from {{ ref('int_identity__customers') }}
),

countries as (
    select
        alias,
        country_code
    from {{ ref('country_aliases') }}
),

known_sessions as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        sessions.session_date,
        sessions.starts_session,
        sessions.page_view_count,
        sessions.product_view_count,
        sessions.add_to_cart_count,
        sessions.purchase_count,
        sessions.engaged_seconds,
        sessions.platform,
        sessions.device_type,
        extract(hour from sessions.started_at) as started_hour,
        case when {{ weekday_number('sessions.session_date') }} >= 6 then 1 else 0 end as is_weekend,
        case when countries.country_code <> home_countries.country_code then 1 else 0 end as is_abroad,
        case when countries.country_code is null or home_countries.country_code is null then 0 else 1 end as is_located
    from sessions
    inner join accounts
        on
            sessions.account_key = accounts.account_key
            and sessions.session_date <= accounts.as_of_date
    inner join home_countries
        on
            accounts.as_of_date = home_countries.as_of_date
            and accounts.customer_id = home_countries.customer_id
    left join countries
        on sessions.country = countries.alias
),

active_days as (
    select
        as_of_date,
        customer_id,
        count(*) as active_day_count,
        count(case when session_date > {{ add_days('as_of_date', -90) }} then 1 end) as active_day_count_90_days
    from (
        select distinct
            as_of_date,
            customer_id,
            session_date
        from known_sessions
    ) as days
    group by as_of_date, customer_id
),

totals as (
    select
        as_of_date,
        customer_id,
        {{ days_between('max(session_date)', 'as_of_date') }} as days_since_last_session,
        sum(starts_session) as session_count,
        {%- for days in [30, 90, 365] %}
        sum(
            case when session_date > {{ add_days('as_of_date', -days) }} then starts_session else 0 end
        ) as session_count_{{ days }}_days,
        {%- endfor %}
        sum(page_view_count) as page_view_count,
        sum(product_view_count) as product_view_count,
        sum(add_to_cart_count) as add_to_cart_count,
        count(case when add_to_cart_count > 0 then 1 end) as cart_session_count,
        count(case when add_to_cart_count > 0 and purchase_count = 0 then 1 end) as abandoned_session_count,
        count(case when purchase_count > 0 then 1 end) as purchase_session_count,
        sum(engaged_seconds) / 60.0 as engaged_minutes,
        count(*) as part_count,
        {%- for device in ['mobile', 'tablet', 'desktop'] %}
        count(case when device_type = '{{ device }}' then 1 end) as {{ device }}_count,
        {%- endfor %}
        count(case when platform in ('ios', 'android', 'app') then 1 end) as app_count,
        {%- for name, first_hour in [('night', 0), ('morning', 6), ('afternoon', 12), ('evening', 18)] %}
        count(
            case when started_hour >= {{ first_hour }} and started_hour < {{ first_hour + 6 }} then 1 end
        ) as {{ name }}_count,
        {%- endfor %}
        sum(is_weekend) as weekend_count,
        sum(is_abroad) as abroad_count,
        sum(is_located) as located_count
    from known_sessions
    group by as_of_date, customer_id
)

select
    totals.as_of_date,
    totals.customer_id,
    totals.days_since_last_session,
    totals.session_count,
    totals.session_count_30_days,
    totals.session_count_90_days,
    totals.session_count_365_days,
    active_days.active_day_count,
    active_days.active_day_count_90_days,
    totals.page_view_count,
    totals.product_view_count,
    totals.add_to_cart_count,
    1.0 * totals.abandoned_session_count / nullif(totals.cart_session_count, 0) as cart_abandonment_share,
    1.0 * totals.purchase_session_count / nullif(totals.part_count, 0) as session_conversion_share,
    totals.engaged_minutes,
    {%- for name in ['mobile', 'tablet', 'desktop', 'app', 'night', 'morning', 'afternoon', 'evening', 'weekend'] %}
    1.0 * totals.{{ name }}_count / totals.part_count as {{ name }}_share,
    {%- endfor %}
    1.0 * totals.abroad_count / nullif(totals.located_count, 0) as abroad_share
from totals
inner join active_days
    on
        totals.as_of_date = active_days.as_of_date
        and totals.customer_id = active_days.customer_id
