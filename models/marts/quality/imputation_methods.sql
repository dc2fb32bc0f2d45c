{{ config(enabled=var('imputed_features') | length > 0) }}

select
    cast(as_of_date as date) as as_of_date,
    cast(feature as {{ dbt.type_string() }}) as feature,
    cast(coalesce(method, 'none') as {{ dbt.type_string() }}) as method,
    cast(is_chosen as boolean) as is_chosen,
    cast(outcome as {{ dbt.type_string() }}) as outcome,
    cast({{ round_to_six('error') }} as {{ type_double() }}) as error,
    cast({{ round_to_six('baseline_error') }} as {{ type_double() }}) as baseline_error,
    cast({{ round_to_six('1 - error / nullif(baseline_error, 0)') }} as {{ type_double() }}) as skill,
    cast(known_count as {{ dbt.type_bigint() }}) as known_count,
    cast(missing_count as {{ dbt.type_bigint() }}) as missing_count
from {{ ref('imputation_fit') }}
where record_type = 'method'
