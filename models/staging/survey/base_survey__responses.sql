{{ config(materialized='view') }}

with

source as (
    {{ input_rows('survey_responses') }}
),

normalised as (
    select
        response_id,
        crm_customer_id,
        {{ normalise_email('email') }} as email,
        lower(dimension) as dimension,
        question_id,
        score,
        coalesce(max_score, 5) as max_score,
        answer_text,
        answered_at,
        is_erased
    from source
)

select
    response_id,
    {{ account_key(crm_customer_id='crm_customer_id', email='email') }} as account_key,
    crm_customer_id,
    email,
    dimension,
    question_id,
    score,
    max_score,
    answer_text,
    answered_at,
    {{ reject_reason('survey_responses', dates=['answered_at'], rules=[
        ('crm_customer_id is null and email is null', 'crm_customer_id and email are both missing'),
        ('score is null and answer_text is null', 'score and answer_text are both missing'),
        ('score < 1 or score > max_score', 'score is outside 1 to max_score'),
    ]) }} as reject_reason
from normalised
{{ where_retained('surveys', 'answered_at') }}
