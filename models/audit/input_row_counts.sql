{#- Where the rows of an input end up, and how many kept rows one row there holds. -#}
{%- set places = {
    'crm_customers': (ref('stg_crm__customers'), '1'),
    'crm_consents': (ref('stg_crm__consents'), '1'),
    'crm_campaign_events': (ref('int_activity__campaign_touches'), 'event_count'),
    'erp_orders': (ref('stg_erp__orders'), '1'),
    'erp_order_lines': (ref('int_activity__order_lines'), '1'),
    'erp_products': (ref('stg_erp__products'), '1'),
    'tracking_events': (ref('int_activity__sessions'), 'event_count'),
    'survey_responses': (ref('stg_survey__responses'), '1'),
    'geo_areas': (ref('stg_geo__areas'), '1'),
} -%}

{{ after_expiry() }}
{%- if retention_days('inactive_customers') is not none %}
-- depends_on: {{ ref('int_retention__inactive_accounts') }}
{%- endif %}
-- What came in is counted in the input, what was kept at the end of the way, so that a row lost or doubled in between
-- shows as a sum that does not add up.
with

rejected as (
    select
        input,
        count(*) as rejected_count
    from {{ ref('rejected_rows') }}
    group by input
),

{% if is_retention_on() -%}
expired as (
    select
        relation as input,
        sum(expired_count) as expired_count
    from {{ retention_cutoffs() }}
    group by relation
),

{% endif -%}
counted as (
    {%- for input, (place, kept) in places.items() if is_on(input) %}
    select
        cast('{{ input }}' as {{ dbt.type_string() }}) as input,
        (select count(*) from {{ var(input) }}) as row_count,
        coalesce(sum({{ kept }}), 0) as kept_count,
        coalesce(sum(version_count), 0) as usable_count
    from {{ place }}
    {%- if not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
)

select
    counted.input,
    cast(counted.row_count as {{ dbt.type_bigint() }}) as row_count,
    cast(counted.kept_count as {{ dbt.type_bigint() }}) as kept_count,
    cast(counted.usable_count - counted.kept_count as {{ dbt.type_bigint() }}) as duplicate_key_count,
    cast(coalesce(rejected.rejected_count, 0) as {{ dbt.type_bigint() }}) as rejected_count
    {%- if is_retention_on() %},
    cast(coalesce(expired.expired_count, 0) as {{ dbt.type_bigint() }}) as expired_count
    {%- endif %}
from counted
left join rejected
    on counted.input = rejected.input
{%- if is_retention_on() %}
left join expired
    on counted.input = expired.input
{%- endif %}
