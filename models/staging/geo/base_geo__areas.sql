{{ config(materialized='view') }}

with

source as (
    {{ input_rows('geo_areas') }}
),

countries as (
    select
        alias,
        country_code
    from {{ ref('country_aliases') }}
)

select
    source.area_id,
    countries.country_code,
    upper(replace(source.postal_code, ' ', '')) as postal_code,
    lower(source.area_type) as area_type,
    source.region,
    source.median_income,
    case when {{ is_possible_date('source.updated_at') }} then source.updated_at end as updated_at,
    {{ reject_reason('geo_areas', rules=[
        ('countries.country_code is null', 'country is unknown'),
    ]) }} as reject_reason
    {%- for name in extra_columns('geo_areas') %},
    source.{{ name }}
    {%- endfor %}
from source
left join countries
    on lower(source.country) = countries.alias
