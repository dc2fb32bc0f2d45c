{#- Runs after everything: says what a run did, and which gates let it pass in spite of what they found. -#}
{% macro record_end(results) %}
    {%- if strate.is_selected() -%}
        {%- set counts, failed, entries = {}, [], [] -%}
        {%- for result in results -%}
            {%- set status = result.status | string -%}
            {%- do counts.update({status: counts.get(status, 0) + 1}) -%}
            {%- if status in ['error', 'fail', 'runtime error'] -%}
                {%- do failed.append(result.node.name) -%}
            {%- elif status == 'warn' and result.node.resource_type == 'test' and 'gate' in result.node.tags -%}
                {%- do entries.append(('gate_let_pass', strate.gate_name(result.node), {'findings': result.failures})) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- do entries.append((flags.WHICH ~ '_finished', none, {
            'outcome': 'failed' if failed else 'succeeded',
            'nodes': counts,
            'failed': failed | sort,
        })) -%}
        {%- set number, head = strate.append_audit_entries(entries) -%}
        {%- do log('Audit log: ' ~ number ~ ' entries, head ' ~ head, info=true) -%}
    {%- endif -%}
{% endmacro %}
