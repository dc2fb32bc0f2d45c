{{ config(enabled=var('threshold_decisions') | length > 0) }}

select
    cast(as_of_date as date) as as_of_date,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(group_name as {{ dbt.type_string() }}) as group_name,
    cast(group_level as {{ dbt.type_string() }}) as group_level,
    cast(is_hidden as boolean) as is_hidden,
    cast(level_count as {{ dbt.type_bigint() }}) as level_count,
    cast({{ round_to_six('common_threshold') }} as {{ type_double() }}) as common_threshold,
    cast({{ round_to_six('own_threshold') }} as {{ type_double() }}) as own_threshold,
    cast(selected_before as {{ dbt.type_bigint() }}) as selected_before,
    cast(selected_after as {{ dbt.type_bigint() }}) as selected_after,
    cast({{ round_to_six('rate_before') }} as {{ type_double() }}) as rate_before,
    cast({{ round_to_six('rate_after') }} as {{ type_double() }}) as rate_after,
    cast({{ round_to_six('ratio_before') }} as {{ type_double() }}) as ratio_before,
    cast({{ round_to_six('ratio_after') }} as {{ type_double() }}) as ratio_after,
    cast({{ round_to_six('captured_before') }} as {{ type_double() }}) as captured_before,
    cast({{ round_to_six('captured_after') }} as {{ type_double() }}) as captured_after,
    cast({{ round_to_six('kept_share') }} as {{ type_double() }}) as kept_share,
    cast(verdict as {{ dbt.type_string() }}) as verdict
from {{ ref('bias_fit') }}
where record_type = 'threshold'
