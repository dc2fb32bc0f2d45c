{{ config(enabled=var('propensity_targets') | length > 0) }}

with

facts as (
    select * from {{ ref('propensity_fit') }}
    where record_type = 'feature'
)

select
    cast(target as {{ dbt.type_string() }}) as score,
    cast(max(as_of_date) as date) as as_of_date,
    cast(max(model_version) as {{ dbt.type_string() }}) as model_version,
    cast(name as {{ dbt.type_string() }}) as feature,
    cast(coalesce(max(case when parameter = 'is_kept' then value end), 0) = 1 as boolean) as is_kept,
    cast(max(case when parameter = 'importance_rank' then 1 else 0 end) = 1 as boolean) as is_used,
    cast(max(case when parameter = 'is_kept' then detail end) as {{ dbt.type_string() }}) as reason
    {%- for parameter in ['lasso_rank', 'lasso_coefficient', 'permutation_importance', 'permutation_deviation',
        'single_auc', 'importance', 'importance_rank'] %},
    {%- set type = dbt.type_bigint() if parameter.endswith('rank') else type_double() %}
    cast({{ round_to_six("max(case when parameter = '" ~ parameter ~ "' then value end)") }} as {{ type }})
        as {{ parameter }}
    {%- endfor %},
    cast({{ round_to_six("max(case when parameter = 'typical' then value end)") }} as {{ type_double() }})
        as typical_value,
    cast(max(case when parameter = 'typical' then detail end) as {{ dbt.type_string() }}) as typical_level
from facts
group by target, name
