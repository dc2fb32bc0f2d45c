select
    cast(as_of_date as date) as as_of_date,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(group_name as {{ dbt.type_string() }}) as group_name,
    cast(group_level as {{ dbt.type_string() }}) as group_level,
    cast(is_hidden as boolean) as is_hidden,
    cast(customer_count as {{ dbt.type_bigint() }}) as customer_count,
    cast(segment_count as {{ dbt.type_bigint() }}) as segment_count,
    cast(level_count as {{ dbt.type_bigint() }}) as level_count,
    cast({{ round_to_six('segment_share') }} as {{ type_double() }}) as segment_share,
    cast({{ round_to_six('population_share') }} as {{ type_double() }}) as population_share,
    cast({{ round_to_six('selection_rate') }} as {{ type_double() }}) as selection_rate,
    cast({{ round_to_six('rate_low') }} as {{ type_double() }}) as rate_low,
    cast({{ round_to_six('rate_high') }} as {{ type_double() }}) as rate_high,
    cast(reference_level as {{ dbt.type_string() }}) as reference_level,
    cast({{ round_to_six('selection_ratio') }} as {{ type_double() }}) as selection_ratio,
    cast({{ round_to_six('ratio_low') }} as {{ type_double() }}) as ratio_low,
    cast({{ round_to_six('ratio_high') }} as {{ type_double() }}) as ratio_high,
    cast(p_value as {{ type_double() }}) as p_value,
    cast(q_value as {{ type_double() }}) as q_value,
    cast(verdict as {{ dbt.type_string() }}) as verdict
from {{ ref('bias_fit') }}
where record_type = 'representation'
