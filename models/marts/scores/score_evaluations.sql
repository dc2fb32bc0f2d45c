{{ config(enabled=value_is_on()) }}

select
    cast('value' as {{ dbt.type_string() }}) as score,
    cast(as_of_date as date) as as_of_date,
    cast(model_version as {{ dbt.type_string() }}) as model_version,
    cast(method as {{ dbt.type_string() }}) as method,
    cast(outcome as {{ dbt.type_string() }}) as outcome,
    cast(coalesce(is_champion, false) as boolean) as is_champion,
    cast(record_type as {{ dbt.type_string() }}) as fact_type,
    cast(name as {{ dbt.type_string() }}) as name,
    cast({{ round_to_six('value') }} as {{ type_double() }}) as value,
    cast(detail as {{ dbt.type_string() }}) as detail
from {{ ref('value_fit') }}
where record_type not in ('score', 'held_out')
