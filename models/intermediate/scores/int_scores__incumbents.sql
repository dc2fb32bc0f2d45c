{{ config(materialized='view', enabled=var('propensity_targets') | length > 0) }}
{%- set known = built_before('model_versions') -%}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

versions as (
    {%- if known is none %}
    select
        cast(null as {{ dbt.type_bigint() }}) as entry_number,
        cast(null as date) as as_of_date,
        cast(null as boolean) as is_fall_back
        {%- for name in ['score', 'model_version', 'method', 'parameters', 'features', 'settings'] %},
        cast(null as {{ dbt.type_string() }}) as {{ name }}
        {%- endfor %}
    from as_of_dates
    where 1 = 0
    {%- else %}
    select * from {{ known }}
    {%- endif %}
),

-- What was recorded of this date itself has no say, so that a date that is built again has the same champion.
ranked as (
    select
        versions.*,
        row_number() over (
            partition by versions.score
            order by versions.as_of_date desc, versions.entry_number desc
        ) as position
    from versions
    inner join as_of_dates
        on versions.as_of_date < as_of_dates.as_of_date
    where
        versions.score in ('purchase', 'click', 'churn')
        and not versions.is_fall_back
)

select
    score as target,
    as_of_date,
    model_version,
    method,
    parameters,
    features,
    settings
from ranked
where position = 1
