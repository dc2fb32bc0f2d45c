{#-
    A row in input_runs for each input of this run: the counts of input_row_counts, the last thing that a usable row tells
    of, and a fingerprint of all rows as they came.
-#}
{% macro record_inputs(inputs) %}
    {%- set latest = {
        'crm_customers': ('base_crm__customers', 'case when reject_reason is null then known_at end'),
        'crm_consents': ('stg_crm__consents', 'decided_at'),
        'crm_campaign_events': ('int_activity__campaign_touches', 'last_event_at'),
        'erp_orders': ('stg_erp__orders', 'ordered_at'),
        'erp_order_lines': ('int_activity__order_lines', 'ordered_at'),
        'erp_products': ('stg_erp__products', 'updated_at'),
        'tracking_events': ('int_activity__sessions', 'ended_at'),
        'survey_responses': ('stg_survey__responses', 'answered_at'),
        'geo_areas': ('stg_geo__areas', 'updated_at'),
    } -%}
    {%- set facts = [] -%}
    {%- for input, (model, moment) in latest.items() if input in inputs -%}
        {%- set name = inputs[input] -%}
        {%- set fact -%}
            select
                '{{ input }}' as input,
                '{{ dbt.escape_single_quotes(name) }}' as table_name,
                (select max({{ moment }}) from {{ graph.nodes['model.strate.' ~ model].relation_name }}) as latest_event_at,
                {% if var('fingerprint_inputs') -%}
                {{ strate.content_fingerprint(name) }}
                {%- else -%}
                cast(null as {{ dbt.type_string() }})
                {%- endif %} as content_fingerprint
        {%- endset -%}
        {%- do facts.append(fact) -%}
    {%- endfor -%}
    {%- if facts -%}
        {%- do run_query(
            'insert into ' ~ strate.governance_table('input_runs') ~ ' (' ~ strate.governance_columns()['input_runs']
            | map(attribute=0) | join(', ') ~ ')'
            ~ " select '" ~ invocation_id ~ "', facts.input, facts.table_name, counts.row_count, counts.kept_count,"
            ~ ' counts.duplicate_key_count, counts.rejected_count, facts.latest_event_at, facts.content_fingerprint'
            ~ ' from (' ~ facts | join(' union all ') ~ ') as facts inner join '
            ~ graph.nodes['model.strate.input_row_counts'].relation_name ~ ' as counts on facts.input = counts.input'
        ) -%}
    {%- endif -%}
{% endmacro %}
