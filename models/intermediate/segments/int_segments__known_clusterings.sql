{{ config(materialized='view') }}
{%- set known = built_before('segmentation_parameters') -%}

with

as_of_dates as (
    select as_of_date from {{ ref('int_activity__as_of_dates') }}
    where is_latest
),

parameters as (
    {%- if known is none %}
    select
        cast(null as {{ dbt.type_bigint() }}) as entry_number,
        cast(null as date) as as_of_date
        {%- for name, type in clustering_artifact_columns() %},
        cast(null as {{ type }}) as {{ name }}
        {%- endfor %}
    from as_of_dates
    where 1 = 0
    {%- else %}
    select * from {{ known }}
    where segmentation = 'cluster'
    {%- endif %}
),

-- The nearest date that is not later comes first, and of one date what was recorded last; only then later dates.
ranked as (
    select
        parameters.*,
        dense_rank() over (
            order by
                case when parameters.as_of_date <= as_of_dates.as_of_date then 0 else 1 end,
                abs({{ days_between('parameters.as_of_date', 'as_of_dates.as_of_date') }}),
                parameters.entry_number desc
        ) as reference_rank
    from parameters
    cross join as_of_dates
)

select
    entry_number,
    reference_rank,
    as_of_date
    {%- for name, type in clustering_artifact_columns() %},
    {{ name }}
    {%- endfor %}
from ranked
