{#- Statements that delete the CRM records of inactive persons from the tables that have them. -#}
{% macro inactive_deletes() %}
    {%- set accounts = '(select account_key from ' ~ graph.nodes['model.strate.int_retention__inactive_accounts'].relation_name ~ ')' -%}
    {%- set statements = [] -%}
    {%- for model, key in [
        ('base_crm__customers', "'crm:' || crm_customer_id"),
        ('int_identity__match_records', 'account_key'),
    ] -%}
        {%- set table = strate.built_before(model) if 'model.strate.' ~ model in graph.nodes else none -%}
        {%- if table -%}
            {%- do statements.append('delete from ' ~ table ~ ' where ' ~ key ~ ' in ' ~ accounts) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(statements) -}}
{% endmacro %}
