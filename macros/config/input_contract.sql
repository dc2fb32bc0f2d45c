{#-
    The input contract: for each input, its grain, key and columns, in the order in which they are staged.
    A column is (name, type, is_required). Types: text, number, boolean, timestamp.
    docs/inputs.md says the same in prose; tests/python/test_docs.py holds the two together.
-#}
{% macro input_contract() %}
    {% do return({
        'crm_customers': {
            'key': 'crm_customer_id',
            'columns': [
                ('crm_customer_id', 'text', true),
                ('email', 'text', false),
                ('phone', 'text', false),
                ('user_id', 'text', false),
                ('first_name', 'text', false),
                ('last_name', 'text', false),
                ('birth_date', 'text', false),
                ('gender', 'text', false),
                ('family_status', 'text', false),
                ('household_size', 'number', false),
                ('annual_income', 'number', false),
                ('postal_code', 'text', false),
                ('city', 'text', false),
                ('country', 'text', false),
                ('is_test', 'boolean', false),
                ('created_at', 'timestamp', false),
                ('updated_at', 'timestamp', false),
            ],
        },
        'crm_consents': {
            'key': 'consent_id',
            'columns': [
                ('consent_id', 'text', true),
                ('crm_customer_id', 'text', true),
                ('purpose', 'text', true),
                ('channel', 'text', false),
                ('is_granted', 'boolean', true),
                ('legal_basis', 'text', false),
                ('decided_at', 'timestamp', true),
                ('expires_at', 'timestamp', false),
            ],
        },
        'crm_campaign_events': {
            'key': 'campaign_event_id',
            'columns': [
                ('campaign_event_id', 'text', true),
                ('crm_customer_id', 'text', true),
                ('campaign_id', 'text', true),
                ('message_id', 'text', false),
                ('channel', 'text', false),
                ('event_type', 'text', true),
                ('event_at', 'timestamp', true),
                ('received_at', 'timestamp', false),
            ],
        },
        'erp_orders': {
            'key': 'order_id',
            'columns': [
                ('order_id', 'text', true),
                ('ordered_at', 'timestamp', true),
                ('erp_customer_id', 'text', false),
                ('crm_customer_id', 'text', false),
                ('email', 'text', false),
                ('phone', 'text', false),
                ('country', 'text', false),
                ('sales_channel', 'text', false),
                ('status', 'text', false),
                ('currency_code', 'text', false),
                ('total_amount', 'number', false),
                ('cancelled_at', 'timestamp', false),
                ('updated_at', 'timestamp', false),
            ],
        },
        'erp_order_lines': {
            'key': 'order_line_id',
            'columns': [
                ('order_line_id', 'text', true),
                ('order_id', 'text', true),
                ('product_id', 'text', false),
                ('quantity', 'number', true),
                ('unit_price', 'number', true),
                ('discount_amount', 'number', false),
                ('booked_at', 'timestamp', false),
                ('updated_at', 'timestamp', false),
            ],
        },
        'erp_products': {
            'key': 'product_id',
            'columns': [
                ('product_id', 'text', true),
                ('product_name', 'text', false),
                ('category', 'text', true),
                ('brand', 'text', false),
                ('unit_cost', 'number', false),
                ('updated_at', 'timestamp', false),
            ],
        },
        'tracking_events': {
            'key': 'event_id',
            'columns': [
                ('event_id', 'text', true),
                ('event_at', 'timestamp', true),
                ('event_name', 'text', true),
                ('anonymous_id', 'text', false),
                ('user_id', 'text', false),
                ('platform', 'text', false),
                ('device_type', 'text', false),
                ('country', 'text', false),
                ('user_agent', 'text', false),
                ('engaged_seconds', 'number', false),
                ('received_at', 'timestamp', false),
            ],
        },
        'survey_responses': {
            'key': 'response_id',
            'columns': [
                ('response_id', 'text', true),
                ('crm_customer_id', 'text', false),
                ('email', 'text', false),
                ('dimension', 'text', true),
                ('question_id', 'text', false),
                ('score', 'number', false),
                ('max_score', 'number', false),
                ('answer_text', 'text', false),
                ('answered_at', 'timestamp', true),
            ],
        },
        'survey_items': {
            'key': 'question_id',
            'columns': [
                ('question_id', 'text', true),
                ('dimension', 'text', true),
                ('kind', 'text', false),
                ('is_reversed', 'boolean', false),
                ('question_text', 'text', false),
            ],
        },
        'geo_areas': {
            'key': 'area_id',
            'columns': [
                ('area_id', 'text', true),
                ('country', 'text', true),
                ('postal_code', 'text', true),
                ('area_type', 'text', false),
                ('region', 'text', false),
                ('median_income', 'number', false),
                ('updated_at', 'timestamp', false),
            ],
        },
        'exchange_rates': {
            'key': 'currency_code',
            'columns': [
                ('currency_code', 'text', true),
                ('valid_from', 'timestamp', true),
                ('rate', 'number', true),
            ],
        },
    }) %}
{% endmacro %}
