{{ config(materialized='view') }}

with

members as (
    select
        *,
        count(*) over (partition by segmentation) as segmentation_size
    from {{ ref('customer_segments') }}
),

features as (
    select * from {{ ref('customer_features') }}
){% if scores_are_on() %},

scores as (
    select * from {{ ref('customer_scores') }}
)
{%- endif %}

select
    cast(members.customer_id as {{ dbt.type_string() }}) as customer_id,
    cast(members.segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(members.segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(members.as_of_date as date) as as_of_date,
    cast(1.0 / members.segmentation_size as {{ type_double() }}) as customer_share,
    {%- for name in ['revenue', 'revenue_365_days'] %}
    cast(features.{{ name }} as {{ type_double() }}) as {{ name }},
    {%- endfor %}
    {%- for name in ['order_count', 'order_count_365_days', 'session_count'] %}
    cast(features.{{ name }} as {{ dbt.type_bigint() }}) as {{ name }},
    {%- endfor %}
    cast(features.engaged_minutes as {{ type_double() }}) as engaged_minutes,
    cast(case when features.recency_days is not null then 1 end as {{ dbt.type_bigint() }}) as buyer_count,
    cast(
        case
            when features.recency_days is null then null
            when features.recency_days > {{ var('lifecycle_lapsed_days') }} then 1
            else 0
        end as {{ dbt.type_bigint() }}
    ) as lapsed_count
    {%- for name in [
        'expected_revenue', 'purchase_probability', 'click_probability', 'churn_probability', 'engagement_score',
        'composite_score',
    ] %},
    cast({{ 'scores.' ~ name if scores_are_on() else 'null' }} as {{ type_double() }}) as {{ name }}
    {%- endfor %}
from members
inner join features
    on
        members.customer_id = features.customer_id
        and members.as_of_date = features.as_of_date
{%- if scores_are_on() %}
left join scores
    on
        members.customer_id = scores.customer_id
        and members.as_of_date = scores.as_of_date
{%- endif %}
