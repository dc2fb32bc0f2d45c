{{ config(enabled=var('reference_population') is not none) }}

select
    cast(as_of_date as date) as as_of_date,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast({{ round_to_six('share') }} as {{ type_double() }}) as share,
    cast({{ round_to_six('weighted_share') }} as {{ type_double() }}) as weighted_share,
    cast({{ round_to_six('effective_count') }} as {{ type_double() }}) as effective_count,
    cast({{ round_to_six('design_effect') }} as {{ type_double() }}) as design_effect,
    cast({{ round_to_six('largest_gap') }} as {{ type_double() }}) as largest_gap,
    cast(verdict as {{ dbt.type_string() }}) as verdict
from {{ ref('bias_fit') }}
where record_type = 'weighting'
