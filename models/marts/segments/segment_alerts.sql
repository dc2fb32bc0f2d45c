with

facts as (
    select * from {{ ref('alert_fit') }}
)

select
    cast(alert_id as {{ dbt.type_string() }}) as alert_id,
    cast(segmentation as {{ dbt.type_string() }}) as segmentation,
    cast(segment_key as {{ dbt.type_string() }}) as segment_key,
    cast(metric as {{ dbt.type_string() }}) as metric,
    cast(kind as {{ dbt.type_string() }}) as kind,
    cast(started_on as date) as started_on,
    cast(detected_on as date) as detected_on,
    cast(recovered_on as date) as recovered_on,
    cast(last_seen_on as date) as last_seen_on,
    cast({{ round_to_six('observed') }} as {{ type_double() }}) as observed,
    cast({{ round_to_six('expected') }} as {{ type_double() }}) as expected,
    cast({{ round_to_six('lower_limit') }} as {{ type_double() }}) as lower_limit,
    cast({{ round_to_six('upper_limit') }} as {{ type_double() }}) as upper_limit,
    cast({{ round_to_six('effect') }} as {{ type_double() }}) as effect,
    -- Not rounded: of the smallest ones nothing would be left.
    cast(p_value as {{ type_double() }}) as p_value,
    cast(q_value as {{ type_double() }}) as q_value,
    cast(outcome = 'open' as boolean) as is_current,
    cast(as_of_date as date) as as_of_date,
    cast(window_days as {{ dbt.type_bigint() }}) as window_days,
    cast(outcome as {{ dbt.type_string() }}) as outcome
from facts
where record_type = 'event'
