{{ config(enabled=value_is_on()) }}

with

scores as (
    select
        cast(as_of_date as date) as as_of_date,
        customer_id,
        model_version,
        method,
        outcome,
        {{ round_to_six('probability_alive') }} as probability_alive,
        {{ round_to_six('expected_purchases') }} as expected_purchases,
        {{ round_to_six('expected_purchase_value') }} as expected_purchase_value,
        {{ round_to_six('expected_revenue') }} as expected_revenue
    from {{ ref('value_fit') }}
    where record_type = 'score'
),

histories as (
    select
        customer_id,
        repeat_count,
        clv_recency_days,
        customer_age_days,
        revenue,
        costed_revenue,
        margin
    from {{ ref('int_scores__outcomes') }}
    where is_latest
)

select
    cast(scores.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(scores.as_of_date as date) as as_of_date,
    cast(scores.model_version as {{ dbt.type_string() }}) as model_version,
    cast({{ var('score_horizon_days') }} as {{ dbt.type_bigint() }}) as horizon_days,
    cast(histories.repeat_count as {{ dbt.type_bigint() }}) as repeat_count,
    cast(histories.clv_recency_days as {{ dbt.type_bigint() }}) as clv_recency_days,
    cast(histories.customer_age_days as {{ dbt.type_bigint() }}) as customer_age_days,
    cast(histories.revenue as {{ type_double() }}) as revenue,
    cast(histories.costed_revenue as {{ type_double() }}) as costed_revenue,
    cast(histories.margin as {{ type_double() }}) as margin,
    cast(scores.probability_alive as {{ type_double() }}) as probability_alive,
    cast(scores.expected_purchases as {{ type_double() }}) as expected_purchases,
    cast(scores.expected_purchase_value as {{ type_double() }}) as expected_purchase_value,
    cast(scores.expected_revenue as {{ type_double() }}) as expected_revenue,
    {{ place_among_all('scores.expected_revenue', 100) }} as value_percentile,
    {{ place_among_all('scores.expected_revenue', 10) }} as value_decile,
    cast(scores.method as {{ dbt.type_string() }}) as method,
    cast(scores.outcome as {{ dbt.type_string() }}) as outcome,
    cast(scores.outcome not in ('scored', 'never_bought') as boolean) as is_fall_back
from scores
inner join histories
    on scores.customer_id = histories.customer_id
