with

base as (
    select * from {{ ref('base_erp__products') }}
),

versions as (
    select
        *,
        row_number() over (
            partition by product_id
            order by updated_at desc nulls last, category, product_name, brand, unit_cost
        ) as version_number,
        count(*) over (partition by product_id) as version_count
    from base
    where reject_reason is null
)

select
    product_id,
    product_name,
    category,
    brand,
    unit_cost,
    updated_at,
    version_count
from versions
where version_number = 1
