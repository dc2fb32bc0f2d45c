{#-
    Runs after everything: writes down what a run read and made and, last, how it ended and which gates let it pass in
    spite of what they found.
-#}
{% macro record_end(results) %}
    {#- Outside the condition, so that dbt sees while it parses which relations the inputs name. -#}
    {%- set inputs = {} -%}
    {%- for input in strate.input_contract() if strate.is_on(input) -%}
        {%- do inputs.update({input: var(input) | string | trim}) -%}
    {%- endfor -%}
    {%- if strate.is_selected() -%}
        {%- do strate.record_relations(results, inputs) -%}
        {%- if results | selectattr('node.unique_id', 'equalto', 'model.strate.input_row_counts')
            | selectattr('status', 'equalto', 'success') | list -%}
            {%- do strate.record_inputs(inputs) -%}
        {%- endif -%}
        {%- do strate.record_models(results) -%}
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
