with

base as (
    select * from {{ ref('base_survey__responses') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by response_id
            order by answered_at desc, score, max_score, dimension, question_id, answer_text, crm_customer_id, email
        ) as version_number,
        count(*) over (partition by response_id) as version_count
    from base
    where reject_reason is null
)

select
    response_id,
    account_key,
    crm_customer_id,
    email,
    dimension,
    question_id,
    score,
    max_score,
    answer_text,
    answered_at,
    version_count
from versions
where version_number = 1
