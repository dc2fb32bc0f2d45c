{{ config(enabled=var('text_max_topics') != 0) }}

with

facts as (
    select * from {{ ref('survey_topics_fit') }}
),

fits as (
    select
        as_of_date,
        max(case when name = 'outcome' then detail end) as outcome,
        max(case when name = 'learned_before' then detail end) as learned_before,
        max(case when name = 'answer_count' then value end) as answer_count,
        max(case when name = 'topic_count' then value end) as topic_count,
        max(case when name = 'completion' then value end) as completion
    from facts
    where record_type = 'fit'
    group by as_of_date
),

topics as (
    select
        as_of_date,
        topic_id,
        max(detail) as label,
        max(case when name = 'answer_share' then value end) as answer_share,
        max(case when name = 'similarity' then value end) as similarity
    from facts
    where record_type = 'topic'
    group by as_of_date, topic_id
),

terms as (
    select
        as_of_date,
        topic_id,
        position,
        name as term,
        value as weight
    from facts
    where record_type = 'term'
)

select
    cast(fits.as_of_date as date) as as_of_date,
    cast(fits.outcome as {{ dbt.type_string() }}) as outcome,
    cast(fits.learned_before as date) as learned_before,
    cast(fits.answer_count as {{ dbt.type_bigint() }}) as answer_count,
    cast(fits.topic_count as {{ dbt.type_bigint() }}) as topic_count,
    cast({{ round_to_six('fits.completion') }} as {{ type_double() }}) as completion,
    cast(topics.topic_id as {{ dbt.type_bigint() }}) as topic_id,
    cast(topics.label as {{ dbt.type_string() }}) as label,
    cast({{ round_to_six('topics.answer_share') }} as {{ type_double() }}) as answer_share,
    cast({{ round_to_six('topics.similarity') }} as {{ type_double() }}) as similarity_to_last_period,
    cast(terms.position as {{ dbt.type_bigint() }}) as term_rank,
    cast(terms.term as {{ dbt.type_string() }}) as term,
    cast({{ round_to_six('terms.weight') }} as {{ type_double() }}) as weight
from fits
left join topics
    on fits.as_of_date = topics.as_of_date
left join terms
    on
        topics.as_of_date = terms.as_of_date
        and topics.topic_id = terms.topic_id
