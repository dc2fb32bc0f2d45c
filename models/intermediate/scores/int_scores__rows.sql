{{ config(materialized='view', enabled=scores_are_on()) }}

{%- set inputs_on = [] -%}
{%- for input in ['erp_orders', 'tracking_events', 'crm_campaign_events'] if is_on(input) -%}
    {%- do inputs_on.append(input) -%}
{%- endfor %}

select
    outcomes.customer_id,
    -- Python reads dates as timestamps.
    cast(outcomes.as_of_date as {{ dbt.type_timestamp() }}) as as_of_date,
    outcomes.is_latest,
    outcomes.is_in_sample,
    cast(outcomes.outcome_known_on as {{ dbt.type_timestamp() }}) as outcome_known_on,
    outcomes.repeat_count,
    outcomes.clv_recency_days,
    outcomes.customer_age_days,
    outcomes.mean_repeat_value,
    outcomes.future_purchase_count,
    outcomes.future_revenue,
    outcomes.has_bought,
    outcomes.has_clicked,
    outcomes.has_churned,
    {%- for name in score_columns() %}
    features.{{ name }},
    {%- endfor %}
    cast({{ round_to_six(engagement_score('features', inputs_on)) }} as {{ type_double() }}) as engagement_score
from {{ ref('int_scores__outcomes') }} as outcomes
inner join {{ ref('customer_features') }} as features
    on
        outcomes.as_of_date = features.as_of_date
        and outcomes.customer_id = features.customer_id
