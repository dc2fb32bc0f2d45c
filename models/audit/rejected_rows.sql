{%- set bases = {
    'crm_customers': ref('base_crm__customers'),
    'crm_consents': ref('base_crm__consents'),
    'crm_campaign_events': ref('base_crm__campaign_events'),
    'erp_orders': ref('base_erp__orders'),
    'erp_order_lines': ref('base_erp__order_lines'),
    'erp_products': ref('base_erp__products'),
    'tracking_events': ref('base_tracking__events'),
    'survey_responses': ref('base_survey__responses'),
    'geo_areas': ref('base_geo__areas'),
} -%}

{{ after_expiry() }}
{%- for input, base in bases.items() %}
select
    cast('{{ input }}' as {{ dbt.type_string() }}) as input,
    {{ input_contract()[input].key }} as source_key,
    cast(reject_reason as {{ dbt.type_string() }}) as reason
from {{ base }}
where
    reject_reason is not null
    {%- if retention_days('rejected_rows') is not none and rejected_row_date(input) %}
    and not {{ is_expired('rejected_rows', rejected_row_date(input)) }}
    {%- endif %}
{%- if not loop.last %}
union all
{%- endif %}
{%- endfor %}
