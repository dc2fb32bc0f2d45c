{#- The tables that runs write of themselves, with the type of each column; docs/governance.md describes them. -#}
{% macro governance_columns() %}
    {%- set text, number, moment = dbt.type_string(), dbt.type_bigint(), dbt.type_timestamp() -%}
    {{- return({
        'audit_log': [
            ('entry_number', number),
            ('occurred_at', moment),
            ('actor', text),
            ('action', text),
            ('subject', text),
            ('details', text),
            ('invocation_id', text),
            ('strate_version', text),
            ('previous_hash', text),
            ('entry_hash', text),
        ],
    }) -}}
{% endmacro %}
