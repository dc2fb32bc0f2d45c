with

artifacts as (
    select * from {{ ref('clustering_fit') }}
    where record_type = 'feature'
),

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

features as (
    select
        model_version,
        name as feature,
        max(case when parameter = 'is_used' then detail end) as left_out_because,
        max(case when parameter = 'effect' then detail end) as effect
        {%- for parameter in [
            'position', 'is_used', 'n_missing', 'n_infinite', 'f_statistic', 'eta_squared', 'omega_squared', 'p_value',
            'q_value',
        ] %},
        max(case when parameter = '{{ parameter }}' then value end) as {{ parameter }}
        {%- endfor %}
    from artifacts
    group by model_version, name
)

select
    cast(features.model_version as {{ dbt.type_string() }}) as model_version,
    cast(as_of_dates.as_of_date as date) as as_of_date,
    cast(features.feature as {{ dbt.type_string() }}) as feature,
    cast(features.position as {{ dbt.type_bigint() }}) as feature_position,
    cast(features.is_used = 1 as boolean) as is_used,
    cast(features.left_out_because as {{ dbt.type_string() }}) as left_out_because,
    cast(features.n_missing + features.n_infinite as {{ dbt.type_bigint() }}) as missing_count,
    cast(features.omega_squared as {{ type_double() }}) as omega_squared,
    cast(features.effect as {{ dbt.type_string() }}) as effect,
    cast(features.eta_squared as {{ type_double() }}) as eta_squared,
    cast(features.f_statistic as {{ type_double() }}) as f_statistic,
    cast(features.p_value as {{ type_double() }}) as p_value,
    cast(features.q_value as {{ type_double() }}) as q_value
from features
cross join as_of_dates
