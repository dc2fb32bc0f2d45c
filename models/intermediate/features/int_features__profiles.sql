with

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

accounts as (
    select
        accounts.as_of_date,
        accounts.account_key,
        accounts.customer_id,
        as_of_dates.as_of_end
    from {{ ref('int_identity__accounts') }} as accounts
    inner join as_of_dates
        on accounts.as_of_date = as_of_dates.as_of_date
    where not accounts.is_test
),

customers as (
    select * from {{ ref('int_identity__customers') }}
),

-- A question that somebody answered in several surveys is one item. Answers without a question are one item together.
item_scores as (
    select
        as_of_date,
        customer_id,
        dimension,
        question_id,
        max(dimension_item_count) as dimension_item_count,
        cast(avg(score) as decimal(18, 9)) as score
    from {{ ref('int_survey__answers') }}
    where score is not null
    group by as_of_date, customer_id, dimension, question_id
),

dimension_scores as (
    select
        as_of_date,
        customer_id,
        dimension,
        avg(score) as score
    from item_scores
    group by as_of_date, customer_id, dimension
    having count(*) >= {{ var('survey_min_answered_share') }} * coalesce(max(dimension_item_count), 1)
),

survey_scores as (
    select
        as_of_date,
        customer_id
        {%- for dimension in var('survey_dimensions') %},
        max(case when dimension = '{{ dimension }}' then score end) as survey_{{ dimension }}_score
        {%- endfor %}
    from dimension_scores
    group by as_of_date, customer_id
),
{%- if var('text_max_topics') %}

-- Who wrote anything that has a topic has a share of each, most of them 0.
topic_shares as (
    select
        as_of_date,
        customer_id
        {%- for number in range(1, var('text_max_topics') + 1) %},
        coalesce(max(case when topic_id = {{ number }} then value end), 0) as topic_{{ number }}_share
        {%- endfor %}
    from {{ ref('survey_topics_fit') }}
    where record_type = 'share'
    group by as_of_date, customer_id
),
{%- endif %}

decisions as (
    select
        accounts.as_of_date,
        accounts.customer_id,
        consents.is_granted,
        consents.expires_at,
        accounts.as_of_end,
        row_number() over (
            partition by accounts.as_of_date, accounts.customer_id, coalesce(consents.channel, 'all')
            order by consents.decided_at desc, consents.is_granted, consents.expires_at, consents.consent_id
        ) as decision_from_last
    from accounts
    -- All versions, not the newest only: a decision that was changed later still held until then.
    inner join {{ ref('base_crm__consents') }} as consents
        on
            accounts.account_key = 'crm:' || consents.crm_customer_id
            and consents.decided_at < accounts.as_of_end
    where consents.reject_reason is null and consents.purpose = 'marketing'
),

-- The newest decision on every channel has to grant it: a yes to text messages does not undo a no to e-mail.
consents as (
    select
        as_of_date,
        customer_id,
        min(
            case when is_granted and (expires_at is null or expires_at >= as_of_end) then 1 else 0 end
        ) as is_granted
    from decisions
    where decision_from_last = 1
    group by as_of_date, customer_id
),

areas as (
    select * from {{ ref('stg_geo__areas') }}
),

aged as (
    select
        *,
        extract(year from as_of_date) - extract(year from birth_date)
        - case
            when
                extract(month from as_of_date) * 100 + extract(day from as_of_date)
                < extract(month from birth_date) * 100 + extract(day from birth_date)
                then 1
            else 0
        end as age_years
    from customers
)

select
    aged.as_of_date,
    aged.customer_id,
    aged.is_in_crm,
    aged.is_in_erp,
    aged.is_in_tracking,
    case when aged.age_years between 0 and 120 then aged.age_years end as age_years,
    case
        when aged.age_years < 0 or aged.age_years > 120 then null
        when aged.age_years < 25 then 'under 25'
        when aged.age_years < 35 then '25 to 34'
        when aged.age_years < 50 then '35 to 49'
        when aged.age_years < 65 then '50 to 64'
        when aged.age_years >= 65 then '65 and over'
    end as age_band,
    aged.gender,
    aged.family_status,
    aged.household_size,
    aged.annual_income,
    aged.country_code,
    areas.region,
    areas.area_type,
    areas.median_income as area_median_income,
    {{ days_between('cast(aged.registered_at as date)', 'aged.as_of_date') }} as days_since_registered,
    consents.is_granted = 1 as has_marketing_consent
    {%- for dimension in var('survey_dimensions') %},
    survey_scores.survey_{{ dimension }}_score
    {%- endfor %}
    {%- for number in range(1, var('text_max_topics') + 1) %},
    topic_shares.topic_{{ number }}_share
    {%- endfor %}
    {%- for name in extra_columns('crm_customers') %},
    aged.{{ name }}
    {%- endfor %}
    {%- for name in extra_columns('geo_areas') %},
    areas.{{ name }}
    {%- endfor %}
from aged
left join areas
    on
        aged.country_code = areas.country_code
        and aged.postal_code = areas.postal_code
left join survey_scores
    on
        aged.as_of_date = survey_scores.as_of_date
        and aged.customer_id = survey_scores.customer_id
{%- if var('text_max_topics') %}
left join topic_shares
    on
        aged.as_of_date = topic_shares.as_of_date
        and aged.customer_id = topic_shares.customer_id
{%- endif %}
left join consents
    on
        aged.as_of_date = consents.as_of_date
        and aged.customer_id = consents.customer_id
