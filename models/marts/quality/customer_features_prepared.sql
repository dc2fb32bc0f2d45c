{%- set imputed = var('imputed_features') -%}
{%- set winsorised = var('outlier_features') -%}
{{ config(materialized='view', enabled=imputed | length + winsorised | length > 0) }}

{%- set types = {} -%}
{%- for name, type, group, inputs in feature_columns() -%}
    {%- do types.update({name: type}) -%}
{%- endfor -%}

with

features as (
    select * from {{ ref('customer_features') }}
)

{%- if imputed %},

imputed as (
    select
        customer_id,
        cast(as_of_date as date) as as_of_date
        {%- for feature in imputed %},
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
{%- endif %}

{%- if winsorised %},

winsorised as (
    select
        customer_id,
        as_of_date
        {%- for feature in winsorised %},
        max(case when feature = '{{ feature }}' then bound end) as {{ feature }}
        {%- endfor %}
    from {{ ref('customer_anomalies') }}
    where rule = 'modified_z_score'
    group by customer_id, as_of_date
)
{%- endif %}

select
    features.customer_id,
    features.as_of_date
    {%- for feature in (imputed + winsorised) | unique %},
    {%- set values = ['winsorised.' ~ feature] if feature in winsorised else [] %}
    {%- set values = values + ['features.' ~ feature] + (['imputed.' ~ feature] if feature in imputed else []) %}
    {%- set is_number = feature in winsorised or types.get(feature) != 'text' %}
    cast(
        coalesce({{ values | join(', ') }}) as {{ type_double() if is_number else dbt.type_string() }}
    ) as {{ feature }}
    {%- if feature in imputed %},
    imputed.{{ feature }} is not null as {{ feature }}_is_imputed
    {%- endif %}
    {%- if feature in winsorised %},
    winsorised.{{ feature }} is not null as {{ feature }}_is_winsorised
    {%- endif %}
    {%- endfor %}
from features
{%- for source in (['imputed'] if imputed else []) + (['winsorised'] if winsorised else []) %}
left join {{ source }}
    on
        features.customer_id = {{ source }}.customer_id
        and features.as_of_date = {{ source }}.as_of_date
{%- endfor %}
