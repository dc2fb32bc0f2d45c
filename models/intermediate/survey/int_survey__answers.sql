with

as_of_dates as (
    select * from {{ ref('int_activity__as_of_dates') }}
),

accounts as (
    select * from {{ ref('int_identity__accounts') }}
    where not is_test
),

input_items as (
    {{ input_rows('survey_items') }}
),

-- assert_survey_items_are_sound says which question comes twice; here one row of it counts.
numbered_items as (
    select
        question_id,
        lower(dimension) as dimension,
        coalesce(is_reversed, false) as is_reversed,
        row_number() over (
            partition by question_id
            order by lower(dimension), coalesce(is_reversed, false)
        ) as row_of_question
    from input_items
    where question_id is not null and dimension is not null
),

items as (
    select
        question_id,
        dimension,
        is_reversed,
        count(*) over (partition by dimension) as dimension_item_count
    from numbered_items
    where row_of_question = 1
),

-- The newest version of each answer that was known by the date: one that was changed later still held until then.
known_responses as (
    select
        as_of_dates.as_of_date,
        responses.response_id,
        responses.account_key,
        responses.dimension,
        responses.question_id,
        -- Exact from here on, so that no mean depends on the order of its rows.
        cast((responses.score - 1) / nullif(responses.max_score - 1, 0) as decimal(18, 9)) as score,
        responses.answer_text,
        cast(responses.answered_at as date) as answered_date,
        count(*) over (partition by as_of_dates.as_of_date, responses.response_id) as version_count,
        row_number() over (
            partition by as_of_dates.as_of_date, responses.response_id
            order by
                responses.answered_at desc, responses.score, responses.max_score, responses.dimension,
                responses.question_id, responses.answer_text, responses.crm_customer_id, responses.email
        ) as version_number
    from {{ ref('base_survey__responses') }} as responses
    inner join as_of_dates
        on responses.answered_at < as_of_dates.as_of_end
    where responses.reject_reason is null
)

select
    accounts.as_of_date,
    accounts.customer_id,
    known_responses.response_id,
    known_responses.question_id,
    coalesce(items.dimension, known_responses.dimension) as dimension,
    items.dimension_item_count,
    case when items.is_reversed then 1 - known_responses.score else known_responses.score end as score,
    known_responses.answer_text,
    known_responses.answered_date,
    known_responses.version_count
from known_responses
inner join accounts
    on
        known_responses.as_of_date = accounts.as_of_date
        and known_responses.account_key = accounts.account_key
left join items
    on known_responses.question_id = items.question_id
where known_responses.version_number = 1
