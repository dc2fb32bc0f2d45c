with

touches as (
    select * from {{ ref('int_activity__campaign_touches') }}
),

accounts as (
    select
        as_of_date,
        account_key,
        customer_id
    from {{ ref('int_identity__accounts') }}
    where not is_test
),

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

known_touches as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        touches.channel,
        -- What was opened did arrive, whatever an earlier bounce said.
        case
            when touches.opened_at < as_of_dates.as_of_end then 0
            when touches.bounced_at < as_of_dates.as_of_end then 1
            else 0
        end as is_bounced,
        case when touches.opened_at < as_of_dates.as_of_end then 1 else 0 end as is_opened,
        case when touches.clicked_at < as_of_dates.as_of_end then 1 else 0 end as is_clicked,
        case when touches.unsubscribed_at < as_of_dates.as_of_end then 1 else 0 end as is_unsubscribed,
        cast(touches.touched_at as date) as touched_date,
        case when touches.opened_at < as_of_dates.as_of_end then cast(touches.opened_at as date) end as opened_date,
        case when touches.clicked_at < as_of_dates.as_of_end then cast(touches.clicked_at as date) end as clicked_date
    from touches
    inner join accounts
        on touches.account_key = accounts.account_key
    inner join as_of_dates
        on
            accounts.as_of_date = as_of_dates.as_of_date
            and touches.touched_at < as_of_dates.as_of_end
),

totals as (
    select
        as_of_date,
        customer_id,
        count(*) as sent_count,
        count(case when touched_date > {{ add_days('as_of_date', -90) }} then 1 end) as sent_count_90_days,
        sum(is_bounced) as bounced_count,
        sum(is_opened) as opened_count,
        sum(is_clicked) as clicked_count,
        max(is_unsubscribed) as is_unsubscribed,
        {%- for channel in ['email', 'sms', 'push'] %}
        count(case when channel = '{{ channel }}' then 1 end) as {{ channel }}_sent_count,
        sum(case when channel = '{{ channel }}' then is_bounced else 0 end) as {{ channel }}_bounced_count,
        sum(case when channel = '{{ channel }}' then is_opened else 0 end) as {{ channel }}_opened_count,
        sum(case when channel = '{{ channel }}' then is_clicked else 0 end) as {{ channel }}_clicked_count,
        {%- endfor %}
        {{ days_between('max(opened_date)', 'as_of_date') }} as days_since_last_campaign_open,
        {{ days_between('max(clicked_date)', 'as_of_date') }} as days_since_last_campaign_click
    from known_touches
    group by as_of_date, customer_id
)

select
    as_of_date,
    customer_id,
    sent_count as campaign_sent_count,
    sent_count_90_days as campaign_sent_count_90_days,
    opened_count as campaign_opened_count,
    clicked_count as campaign_clicked_count,
    1.0 * opened_count / nullif(sent_count - bounced_count, 0) as campaign_open_share,
    1.0 * clicked_count / nullif(sent_count - bounced_count, 0) as campaign_click_share,
    {%- for channel in ['email', 'sms', 'push'] %}
    {{ channel }}_sent_count,
    1.0 * {{ channel }}_opened_count
    / nullif({{ channel }}_sent_count - {{ channel }}_bounced_count, 0) as {{ channel }}_open_share,
    1.0 * {{ channel }}_clicked_count
    / nullif({{ channel }}_sent_count - {{ channel }}_bounced_count, 0) as {{ channel }}_click_share,
    {%- endfor %}
    days_since_last_campaign_open,
    days_since_last_campaign_click,
    is_unsubscribed = 1 as is_unsubscribed
from totals
