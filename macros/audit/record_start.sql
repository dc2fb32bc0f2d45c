{#- Runs before anything is built, after the checks: a run that is killed has this entry and no other. -#}
{% macro record_start() %}
    {%- if strate.is_selected() -%}
        {%- set gates = [] -%}
        {%- for node in graph.nodes.values()
            if node.resource_type == 'test' and 'gate' in node.tags and node.config.severity | lower == 'warn' -%}
            {%- do gates.append(strate.gate_name(node)) -%}
        {%- endfor -%}
        {#- Of the vars only the names: a value may be somebody's address. -#}
        {%- do strate.append_audit_entries([(flags.WHICH ~ '_started', none, {
            'target': target.name,
            'select': invocation_args_dict.get('select') or [],
            'exclude': invocation_args_dict.get('exclude') or [],
            'full_refresh': flags.FULL_REFRESH or false,
            'vars': (invocation_args_dict.get('vars') or {}).keys() | sort,
            'gates_that_only_warn': gates | sort,
        })]) -%}
    {%- endif -%}
{% endmacro %}
