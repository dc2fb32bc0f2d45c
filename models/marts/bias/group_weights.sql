{{ config(enabled=var('reference_population') is not none) }}

select
    cast(as_of_date as date) as as_of_date
    {%- for group in var('report_groups') %},
    cast(level_{{ group }} as {{ dbt.type_string() }}) as {{ group }}
    {%- endfor %},
    cast({{ round_to_six('weight') }} as {{ type_double() }}) as weight
from {{ ref('bias_fit') }}
where record_type = 'weight'
