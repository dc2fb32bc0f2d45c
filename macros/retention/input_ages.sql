{#-
    How old the rows of each input about persons are: a class, and a query with a date, a number of rows and whether they
    are rejected. All versions of a key go by the newest, a message with what followed by its first event, an order
    line by its order. `rejected_go_by_class` is false where the class asks for more than a date.
-#}
{% macro input_ages() %}
    {%- set tables = {} -%}
    {%- for model in [
        'base_crm__campaign_events', 'base_crm__consents', 'base_crm__customers', 'base_erp__order_lines', 'base_erp__orders',
        'base_survey__responses', 'base_tracking__events', 'stg_crm__campaign_events', 'stg_erp__order_lines', 'stg_erp__orders',
        'stg_survey__responses', 'stg_tracking__events',
    ] -%}
        {%- do tables.update({model: graph.nodes['model.strate.' ~ model].relation_name}) -%}
    {%- endfor -%}
    {%- set ages = {
        'tracking_events': {
            'class': 'tracking',
            'usable': 'select event_date as row_date, version_count as row_count from ' ~ tables.stg_tracking__events,
            'base': 'base_tracking__events',
        },
        'crm_campaign_events': {
            'class': 'campaigns',
            'usable': 'select cast(min(event_at) as date) as row_date, sum(version_count) as row_count from '
                ~ tables.stg_crm__campaign_events ~ ' group by message_id, crm_customer_id',
            'base': 'base_crm__campaign_events',
        },
        'survey_responses': {
            'class': 'surveys',
            'usable': 'select cast(answered_at as date) as row_date, version_count as row_count from '
                ~ tables.stg_survey__responses,
            'base': 'base_survey__responses',
        },
        'erp_orders': {
            'class': 'orders',
            'usable': 'select order_date as row_date, version_count as row_count from ' ~ tables.stg_erp__orders,
            'base': 'base_erp__orders',
        },
        'erp_order_lines': {
            'class': 'orders',
            'usable': 'select order_date as row_date, version_count as row_count from ' ~ tables.stg_erp__order_lines,
            'base': 'base_erp__order_lines',
        },
        'crm_consents': {
            'class': 'consents',
            'usable': 'select cast(case when count(replaced_at) = count(*) then max(replaced_at) end as date) as row_date,'
                ~ ' count(*) as row_count from (select consent_id, reject_reason, ' ~ strate.replaced_at()
                ~ ' as replaced_at from ' ~ tables.base_crm__consents ~ ') as decisions where reject_reason is null'
                ~ ' group by consent_id',
            'base': 'base_crm__consents',
        },
        'crm_customers': {'class': none, 'usable': none, 'base': 'base_crm__customers'},
    } -%}
    {%- for input, age in ages.items() -%}
        {%- set rejected = 'select ' ~ strate.rejected_row_date(input) ~ ' as row_date, 1 as row_count, 1 as is_rejected from '
            ~ tables[age.base] ~ ' where reject_reason is not null' -%}
        {%- set usable = 'select row_date, row_count, 0 as is_rejected from (' ~ age.usable ~ ') as usable' if age.usable -%}
        {%- do age.update({
            'rows': [usable, rejected] | select | join(' union all '),
            'rejected_go_by_class': age.class in ['tracking', 'campaigns', 'surveys', 'orders'],
        }) -%}
    {%- endfor -%}
    {{- return(ages) -}}
{% endmacro %}
