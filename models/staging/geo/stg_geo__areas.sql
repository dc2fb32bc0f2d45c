with

base as (
    select * from {{ ref('base_geo__areas') }}
),

versions as (
    select
        *,
        -- The natural key, so that a customer's postal code finds one area even where two keys name the same place.
        row_number() over (
            partition by country_code, postal_code
            order by
                updated_at desc nulls last, area_id, area_type, region, median_income
                {%- for name in extra_columns('geo_areas') %}, {{ name }}{% endfor %}
        ) as version_number,
        count(*) over (partition by country_code, postal_code) as version_count
    from base
    where reject_reason is null
)

select
    area_id,
    country_code,
    postal_code,
    area_type,
    region,
    median_income,
    updated_at,
    version_count
    {%- for name in extra_columns('geo_areas') %},
    {{ name }}
    {%- endfor %}
from versions
where version_number = 1
