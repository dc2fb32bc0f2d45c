select
    cast(as_of_date as date) as as_of_date,
    cast(measure as {{ dbt.type_string() }}) as measure,
    cast(group_name as {{ dbt.type_string() }}) as group_name,
    cast(group_level as {{ dbt.type_string() }}) as group_level,
    cast(is_hidden as boolean) as is_hidden,
    cast(known_count as {{ dbt.type_bigint() }}) as known_count,
    cast({{ round_to_six('mean') }} as {{ type_double() }}) as mean,
    cast({{ round_to_six('mean_low') }} as {{ type_double() }}) as mean_low,
    cast({{ round_to_six('mean_high') }} as {{ type_double() }}) as mean_high,
    cast({{ round_to_six('difference') }} as {{ type_double() }}) as difference,
    cast({{ round_to_six('difference_low') }} as {{ type_double() }}) as difference_low,
    cast({{ round_to_six('difference_high') }} as {{ type_double() }}) as difference_high,
    cast({{ round_to_six('standardised_difference') }} as {{ type_double() }}) as standardised_difference,
    cast(p_value as {{ type_double() }}) as p_value,
    cast(q_value as {{ type_double() }}) as q_value,
    cast(verdict as {{ dbt.type_string() }}) as verdict
from {{ ref('bias_fit') }}
where record_type = 'mean'
