{#-
    The events that conditions of rules may name: for each the input that it comes from, the activity model, the column
    with its moment, what picks its rows, and the key of what is counted once.
-#}
{% macro rule_events() %}
    {%- set events = {} -%}
    {%- for channel in ['campaign', 'email', 'sms', 'push'] -%}
        {%- for name, moment in [('sent', 'touched_at'), ('opened', 'opened_at'), ('clicked', 'clicked_at')] -%}
            {%- do events.update({channel ~ '_' ~ name: {
                'input': 'crm_campaign_events',
                'model': 'int_activity__campaign_touches',
                'moment': moment,
                'where': none if channel == 'campaign' else "channel = '" ~ channel ~ "'",
                'by': 'message_id',
            }}) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do events.update({'unsubscribed': {
        'input': 'crm_campaign_events',
        'model': 'int_activity__campaign_touches',
        'moment': 'unsubscribed_at',
        'where': none,
        'by': 'message_id',
    }}) -%}
    {%- for name, where in [
        ('session', 'starts_session = 1'),
        ('product_view', 'product_view_count > 0'),
        ('add_to_cart', 'add_to_cart_count > 0'),
        ('checkout', 'checkout_count > 0'),
    ] -%}
        {#- At the moment when the session began, so that an order that ended it came later. -#}
        {%- do events.update({name: {
            'input': 'tracking_events',
            'model': 'int_activity__sessions',
            'moment': 'started_at',
            'where': 'not is_bot and ' ~ where,
            'by': 'started_at',
        }}) -%}
    {%- endfor -%}
    {%- do events.update({
        'order': {
            'input': 'erp_orders',
            'model': 'int_activity__order_lines',
            'moment': 'ordered_at',
            'where': 'gross_amount > 0 and (cancelled_at is null or cast(cancelled_at as date) > rule_dates.as_of_date)',
            'by': 'order_id',
        },
        'return': {
            'input': 'erp_orders',
            'model': 'int_activity__order_lines',
            'moment': 'booked_at',
            'where': 'quantity < 0',
            'by': 'order_id',
        },
    }) -%}
    {{- return(events) -}}
{% endmacro %}
