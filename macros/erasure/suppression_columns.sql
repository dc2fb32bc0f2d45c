{#- The columns of an input by which an erased person is known again, as (column, kind of identifier). -#}
{% macro suppression_columns(input) %}
    {{- return({
        'crm_customers': [('crm_customer_id', 'crm'), ('email', 'email'), ('phone', 'phone'), ('user_id', 'user')],
        'crm_consents': [('crm_customer_id', 'crm')],
        'crm_campaign_events': [('crm_customer_id', 'crm')],
        'erp_orders': [
            ('erp_customer_id', 'erp'), ('crm_customer_id', 'crm'), ('email', 'email'), ('phone', 'phone'),
            ('order_id', 'order_id'),
        ],
        'erp_order_lines': [('order_id', 'order_id')],
        'tracking_events': [('anonymous_id', 'device'), ('user_id', 'user')],
        'survey_responses': [('crm_customer_id', 'crm'), ('email', 'email')],
    }.get(input, [])) -}}
{% endmacro %}

{#- What rejected_rows says of the row of an erased person. -#}
{% macro erased_reason() %}{{- return('the person was erased') -}}{% endmacro %}
