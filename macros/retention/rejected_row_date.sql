{#- The date that a rejected row of an input about persons goes by; null where it has none that can be read. -#}
{% macro rejected_row_date(input) %}
    {{- return({
        'crm_customers': 'cast(coalesce(updated_at, created_at) as date)',
        'crm_consents': 'cast(decided_at as date)',
        'crm_campaign_events': 'event_date',
        'erp_orders': 'order_date',
        'erp_order_lines': 'coalesce(order_date, cast(changed_at as date))',
        'tracking_events': 'event_date',
        'survey_responses': 'cast(answered_at as date)',
    }.get(input)) -}}
{% endmacro %}
