{{ config(enabled=scores_are_on()) }}

with

facts as (
    {%- if value_is_on() %}
    select
        'value' as score,
        as_of_date,
        model_version,
        method,
        outcome,
        is_champion,
        record_type,
        name,
        0 as position,
        value,
        detail
    from {{ ref('value_fit') }}
    where record_type in ('metric', 'parameter', 'model')
    {%- endif %}
    {%- if value_is_on() and var('propensity_targets') %}
    union all
    {%- endif %}
    {%- if var('propensity_targets') %}
    select
        coalesce(target, 'composite') as score,
        as_of_date,
        model_version,
        method,
        outcome,
        is_champion,
        record_type,
        coalesce(name, parameter, 'loss') as name,
        coalesce(position, 0) as position,
        value,
        detail
    from {{ ref('propensity_fit') }}
    where record_type in ('metric', 'validation', 'calibration', 'lift', 'trial', 'weight', 'model')
    {%- endif %}
)

-- The estimator and what it was told are in model_versions: they are long, and judge nothing.
select
    cast(score as {{ dbt.type_string() }}) as score,
    cast(as_of_date as date) as as_of_date,
    cast(model_version as {{ dbt.type_string() }}) as model_version,
    cast(method as {{ dbt.type_string() }}) as method,
    cast(outcome as {{ dbt.type_string() }}) as outcome,
    cast(coalesce(is_champion, false) as boolean) as is_champion,
    cast(record_type as {{ dbt.type_string() }}) as fact_type,
    cast(name as {{ dbt.type_string() }}) as name,
    cast(position as {{ dbt.type_bigint() }}) as position,
    cast({{ round_to_six('value') }} as {{ type_double() }}) as value,
    cast(detail as {{ dbt.type_string() }}) as detail
from facts
where
    not (record_type = 'model' and name in ('estimator', 'parameters', 'features', 'settings', 'incumbent'))
    -- Without customers there is no date, and nothing was judged.
    and as_of_date is not null
