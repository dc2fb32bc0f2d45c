{%- set relations = {
    'crm_customers': (ref('base_crm__customers'), ref('stg_crm__customers'), 'crm_customer_id'),
    'crm_consents': (ref('base_crm__consents'), ref('stg_crm__consents'), 'consent_id'),
    'crm_campaign_events': (ref('base_crm__campaign_events'), ref('stg_crm__campaign_events'), 'campaign_event_id'),
    'erp_orders': (ref('base_erp__orders'), ref('stg_erp__orders'), 'order_id'),
    'erp_order_lines': (ref('base_erp__order_lines'), ref('stg_erp__order_lines'), 'order_line_id'),
    'erp_products': (ref('base_erp__products'), ref('stg_erp__products'), 'product_id'),
    'tracking_events': (ref('base_tracking__events'), ref('stg_tracking__events'), 'event_id'),
    'survey_responses': (ref('base_survey__responses'), ref('stg_survey__responses'), 'response_id'),
    'geo_areas': (ref('base_geo__areas'), ref('stg_geo__areas'), "country_code || '/' || postal_code"),
} -%}

-- The four counts come from four places, so that a row lost or doubled on the way shows as a sum that does not add up.
with

rejected as (
    select
        input,
        count(*) as rejected_count
    from {{ ref('rejected_rows') }}
    group by input
),

counted as (
    {%- for input, (base, staged, key) in relations.items() if is_on(input) %}
    select
        cast('{{ input }}' as {{ dbt.type_string() }}) as input,
        (select count(*) from {{ var(input) }}) as row_count,
        (select count(*) from {{ staged }}) as kept_count,
        (
            select coalesce(sum(versions - 1), 0)
            from (
                select count(*) as versions
                from {{ base }}
                where reject_reason is null
                group by {{ key }}
            ) as keys
        ) as duplicate_key_count
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    counted.input,
    counted.row_count,
    counted.kept_count,
    cast(counted.duplicate_key_count as {{ dbt.type_bigint() }}) as duplicate_key_count,
    coalesce(rejected.rejected_count, 0) as rejected_count
from counted
left join rejected
    on counted.input = rejected.input
