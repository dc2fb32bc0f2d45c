{{ config(enabled=var('text_max_topics') != 0) }}

with

as_of_dates as (
    select
        as_of_date,
        as_of_end,
        {{ text_period('as_of_date') }} as period
    from {{ ref('int_activity__as_of_dates') }}
),

in_words as (
    select distinct response_id from {{ ref('base_survey__responses') }}
    where reject_reason is null and answer_text is not null
),

-- Also versions without words: who takes their words back is not learned from any more.
responses as (
    select
        base.response_id,
        base.account_key,
        base.answer_text,
        base.answered_at,
        {{ text_period('base.answered_at') }} as period
    from {{ ref('base_survey__responses') }} as base
    inner join in_words
        on base.response_id = in_words.response_id
    where base.reject_reason is null
),

last_period as (
    select max(period) as period from as_of_dates
),

-- Periods that begin with more known than the one before.
periods as (
    select distinct responses.period + 1 as period
    from responses
    inner join last_period
        on responses.period < last_period.period
),

known_responses as (
    select
        periods.period,
        cast(null as date) as as_of_date,
        responses.response_id,
        responses.account_key,
        responses.answer_text,
        responses.answered_at
    from periods
    inner join responses
        on periods.period > responses.period
    union all
    select
        cast(null as integer) as period,
        as_of_dates.as_of_date,
        responses.response_id,
        responses.account_key,
        responses.answer_text,
        responses.answered_at
    from as_of_dates
    inner join responses
        on as_of_dates.as_of_end > responses.answered_at
),

versions as (
    select
        period,
        as_of_date,
        response_id,
        account_key,
        answer_text,
        row_number() over (
            partition by period, as_of_date, response_id
            order by answered_at desc, answer_text, account_key
        ) as version_number
    from known_responses
),

-- The order of the hashes is as good as random, and the same on every run and engine.
numbered as (
    select
        period,
        as_of_date,
        account_key,
        answer_text,
        count(*) over (partition by period, as_of_date) as known_answer_count,
        row_number() over (
            partition by period, as_of_date
            order by {{ hash_text('response_id') }}
        ) as number_in_sample
    from versions
    where version_number = 1 and answer_text is not null
)

select
    period,
    as_of_date,
    account_key,
    answer_text,
    known_answer_count
from numbered
where number_in_sample <= {{ var('text_sample_size') }}
