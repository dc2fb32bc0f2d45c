select
    cast(as_of_date as date) as as_of_date,
    cast(coverage as {{ dbt.type_string() }}) as coverage,
    cast(group_name as {{ dbt.type_string() }}) as group_name,
    cast(group_level as {{ dbt.type_string() }}) as group_level,
    cast(is_hidden as boolean) as is_hidden,
    cast(level_count as {{ dbt.type_bigint() }}) as level_count,
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast({{ round_to_six('share') }} as {{ type_double() }}) as share,
    cast({{ round_to_six('share_low') }} as {{ type_double() }}) as share_low,
    cast({{ round_to_six('share_high') }} as {{ type_double() }}) as share_high,
    cast({{ round_to_six('expected_share') }} as {{ type_double() }}) as expected_share,
    cast({{ round_to_six('representation_index') }} as {{ type_double() }}) as representation_index,
    cast({{ round_to_six('representation_index_low') }} as {{ type_double() }}) as representation_index_low,
    cast({{ round_to_six('representation_index_high') }} as {{ type_double() }}) as representation_index_high,
    cast(chi_square as {{ type_double() }}) as chi_square,
    cast(degrees_of_freedom as {{ dbt.type_bigint() }}) as degrees_of_freedom,
    cast(p_value as {{ type_double() }}) as p_value,
    cast(q_value as {{ type_double() }}) as q_value,
    cast(verdict as {{ dbt.type_string() }}) as verdict
from {{ ref('bias_fit') }}
where record_type = 'coverage'
