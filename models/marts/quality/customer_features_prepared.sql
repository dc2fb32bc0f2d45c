{{ config(materialized='view', enabled=var('imputed_features') | length > 0) }}

{%- set types = {} -%}
{%- for name, type, group, inputs in feature_columns() -%}
    {%- do types.update({name: type}) -%}
{%- endfor -%}
{%- set sql_types = {'text': dbt.type_string(), 'integer': dbt.type_bigint(), 'double': type_double()} -%}

with

features as (
    select * from {{ ref('customer_features') }}
),

imputed as (
    select
        customer_id,
        cast(as_of_date as date) as as_of_date
        {%- for feature in var('imputed_features') %},
        max(
            case
                when feature = '{{ feature }}'
                    then {{ 'value_text' if types[feature] == 'text' else 'value_number' }}
            end
        ) as {{ feature }}
        {%- endfor %}
    from {{ ref('imputation_fit') }}
    where record_type = 'value'
    group by customer_id, as_of_date
)

select
    features.customer_id,
    features.as_of_date
    {%- for feature in var('imputed_features') %},
    cast(
        coalesce(features.{{ feature }}, imputed.{{ feature }}) as {{ sql_types[types[feature]] }}
    ) as {{ feature }},
    imputed.{{ feature }} is not null as {{ feature }}_is_imputed
    {%- endfor %}
from features
left join imputed
    on
        features.customer_id = imputed.customer_id
        and features.as_of_date = imputed.as_of_date
