{#- Below so many complete respondents a coefficient is chance, and a mean is close to somebody's answer. -#}
{%- set least_respondents = 10 -%}
{#- What adding up in another order leaves of a variance of zero lies far below this. -#}
{%- set nothing = '0.000000001' -%}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

input_items as (
    {{ input_rows('survey_items') }}
),

items as (
    select
        question_id,
        min(lower(kind)) as kind,
        max(case when is_reversed then 1 else 0 end) as is_reversed,
        min(question_text) as question_text
    from input_items
    group by question_id
),

scores as (
    select
        answers.as_of_date,
        answers.customer_id,
        answers.dimension,
        answers.question_id,
        cast(avg(answers.score) as decimal(18, 9)) as score
    from {{ ref('int_survey__answers') }} as answers
    inner join as_of_dates
        on answers.as_of_date = as_of_dates.as_of_date
    where answers.score is not null and answers.question_id is not null
    group by answers.as_of_date, answers.customer_id, answers.dimension, answers.question_id
),

questions as (
    select
        as_of_date,
        dimension,
        question_id,
        count(*) as answer_count,
        avg(score) as mean_score
    from scores
    group by as_of_date, dimension, question_id
),

respondents as (
    select
        dimension,
        customer_id,
        count(*) as answered_item_count,
        sum(score) as total
    from scores
    group by dimension, customer_id
),

dimension_items as (
    select
        dimension,
        count(*) as item_count
    from questions
    group by dimension
),

dimension_respondents as (
    select
        respondents.dimension,
        dimension_items.item_count,
        count(*) as respondent_count,
        sum(
            case when respondents.answered_item_count = dimension_items.item_count then 1 else 0 end
        ) as complete_respondent_count
    from respondents
    inner join dimension_items
        on respondents.dimension = dimension_items.dimension
    group by respondents.dimension, dimension_items.item_count
),

-- The variance of a sum is only that of its parts where everybody answered all of them.
complete_scores as (
    select
        scores.dimension,
        scores.question_id,
        scores.score,
        respondents.total,
        respondents.total - scores.score as rest
    from scores
    inner join respondents
        on
            scores.dimension = respondents.dimension
            and scores.customer_id = respondents.customer_id
    inner join dimension_items
        on
            scores.dimension = dimension_items.dimension
            and respondents.answered_item_count = dimension_items.item_count
),

item_variances as (
    select
        dimension,
        question_id,
        var_samp(cast(score as {{ type_double() }})) as item_variance,
        var_samp(cast(rest as {{ type_double() }})) as rest_variance,
        var_samp(cast(total as {{ type_double() }})) as total_variance
    from complete_scores
    group by dimension, question_id
),

dimension_variances as (
    select
        dimension,
        sum(item_variance) as item_variance_sum
    from item_variances
    group by dimension
),

judged as (
    select
        questions.as_of_date,
        questions.dimension,
        questions.question_id,
        questions.answer_count,
        questions.mean_score,
        dimension_respondents.item_count,
        dimension_respondents.respondent_count,
        dimension_respondents.complete_respondent_count,
        item_variances.item_variance,
        item_variances.rest_variance,
        item_variances.total_variance,
        dimension_variances.item_variance_sum,
        case
            when dimension_respondents.item_count = 1 then 'one_item'
            when dimension_respondents.complete_respondent_count < {{ least_respondents }} then 'too_few_respondents'
            when item_variances.total_variance < {{ nothing }} then 'no_variance'
            else 'measured'
        end as outcome
    from questions
    inner join dimension_respondents
        on questions.dimension = dimension_respondents.dimension
    left join item_variances
        on
            questions.dimension = item_variances.dimension
            and questions.question_id = item_variances.question_id
    left join dimension_variances
        on questions.dimension = dimension_variances.dimension
),

measured as (
    select
        dimension,
        question_id,
        item_count / (item_count - 1.0) * (1 - item_variance_sum / total_variance) as cronbach_alpha,
        case
            when item_variance > {{ nothing }} and rest_variance > {{ nothing }}
                then (total_variance - item_variance - rest_variance) / 2 / sqrt(item_variance * rest_variance)
        end as item_rest_correlation,
        case
            when item_count > 2 and rest_variance > {{ nothing }}
                then (item_count - 1) / (item_count - 2.0)
                    * (1 - (item_variance_sum - item_variance) / rest_variance)
        end as alpha_without_item
    from judged
    where outcome = 'measured'
)

select
    cast(judged.as_of_date as date) as as_of_date,
    cast(judged.dimension as {{ dbt.type_string() }}) as dimension,
    cast(items.kind as {{ dbt.type_string() }}) as kind,
    cast(judged.item_count as {{ dbt.type_bigint() }}) as item_count,
    cast(judged.respondent_count as {{ dbt.type_bigint() }}) as respondent_count,
    cast(judged.complete_respondent_count as {{ dbt.type_bigint() }}) as complete_respondent_count,
    cast(judged.outcome as {{ dbt.type_string() }}) as outcome,
    cast({{ round_to_six('measured.cronbach_alpha') }} as {{ type_double() }}) as cronbach_alpha,
    cast(judged.question_id as {{ dbt.type_string() }}) as question_id,
    cast(items.question_text as {{ dbt.type_string() }}) as question_text,
    cast(coalesce(items.is_reversed, 0) = 1 as boolean) as is_reversed,
    cast(judged.answer_count as {{ dbt.type_bigint() }}) as answer_count,
    cast(
        case when judged.answer_count >= {{ least_respondents }} then {{ round_to_six('judged.mean_score') }} end
        as {{ type_double() }}
    ) as mean_score,
    cast({{ round_to_six('measured.item_rest_correlation') }} as {{ type_double() }}) as item_rest_correlation,
    cast({{ round_to_six('measured.alpha_without_item') }} as {{ type_double() }}) as alpha_without_item
from judged
left join measured
    on
        judged.dimension = measured.dimension
        and judged.question_id = measured.question_id
left join items
    on judged.question_id = items.question_id
