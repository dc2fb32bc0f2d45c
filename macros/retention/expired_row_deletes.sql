{#-
    Statements, each with its model, that delete from the tables of staging and activity what is beyond its cut-off, in
    this order. They need the views to be closed already. Running them twice changes nothing.
-#}
{% macro expired_row_deletes(cutoffs) %}
    {%- set deletes, tables = [], {} -%}
    {%- for model in [
        'base_crm__campaign_events', 'base_crm__consents', 'base_crm__customers', 'base_erp__order_lines', 'base_erp__orders',
        'int_activity__campaign_touches', 'int_activity__order_lines', 'int_activity__sessions', 'stg_crm__campaign_events',
        'stg_crm__consents', 'stg_erp__order_lines', 'stg_erp__orders', 'stg_survey__responses',
    ] -%}
        {%- do tables.update({model: graph.nodes['model.strate.' ~ model].relation_name}) -%}
    {%- endfor -%}
    {%- set message = "coalesce(message_id, '') || '|' || crm_customer_id" -%}
    {%- set wheres = [
        ('tracking', 'int_activity__sessions', 'session_date < {cutoff}'),
        ('campaigns', 'base_crm__campaign_events',
            'event_date < {cutoff} or reject_reason is null and ' ~ message ~ ' in (select ' ~ message ~ ' from ' ~ tables.stg_crm__campaign_events
            ~ ' group by message_id, crm_customer_id having cast(min(event_at) as date) < {cutoff})'),
        ('campaigns', 'int_activity__campaign_touches', 'touch_date < {cutoff}'),
        ('surveys', 'stg_survey__responses', 'cast(answered_at as date) < {cutoff}'),
        ('orders', 'base_erp__order_lines',
            strate.rejected_row_date('erp_order_lines') ~ ' < {cutoff} or reject_reason is null and order_line_id in (select order_line_id from '
            ~ tables.stg_erp__order_lines ~ ' where order_date < {cutoff})'),
        ('orders', 'base_erp__orders',
            'order_date < {cutoff} or reject_reason is null and order_id in (select order_id from ' ~ tables.stg_erp__orders
            ~ ' where order_date < {cutoff})'),
        ('orders', 'stg_erp__orders', 'order_date < {cutoff}'),
        ('orders', 'int_activity__order_lines', 'order_date < {cutoff}'),
        ('consents', 'stg_crm__consents',
            'consent_id not in (select consent_id from ' ~ tables.base_crm__consents ~ ' where reject_reason is null)'),
    ] -%}
    {%- for input, base in {
        'crm_campaign_events': 'base_crm__campaign_events',
        'crm_customers': 'base_crm__customers',
        'erp_order_lines': 'base_erp__order_lines',
        'erp_orders': 'base_erp__orders',
    }.items() -%}
        {%- do wheres.append(
            ('rejected_rows', base, 'reject_reason is not null and ' ~ strate.rejected_row_date(input) ~ ' < {cutoff}')
        ) -%}
    {%- endfor -%}
    {%- for class, model, where in wheres if class in cutoffs -%}
        {%- set where = where | replace('{cutoff}', strate.date_literal(cutoffs[class])) -%}
        {%- do deletes.append((model, 'delete from ' ~ tables[model] ~ ' where ' ~ where)) -%}
    {%- endfor -%}
    {%- if 'tracking' in cutoffs -%}
        {#- What went on from the evening before begins now: a rebuild would not know of that evening. -#}
        {%- do deletes.append((
            'int_activity__sessions',
            'update ' ~ tables.int_activity__sessions ~ ' set starts_session = 1 where starts_session = 0 and session_date = '
            ~ strate.date_literal(cutoffs.tracking),
        )) -%}
    {%- endif -%}
    {{- return(deletes) -}}
{% endmacro %}
