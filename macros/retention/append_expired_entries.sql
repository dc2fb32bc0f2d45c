{#- An entry of the audit log for each class of which this run removed something: the cut-off, and rows by relation. -#}
{% macro append_expired_entries() %}
    {%- set classes = {} -%}
    {%- for class, relation, cutoff, removed in run_query(
        'select class, relation, cut_off_date, removed_count from ' ~ strate.governance_table('retention_runs')
        ~ " where removed_count > 0 and invocation_id = '" ~ invocation_id ~ "' order by class, relation"
    ).rows -%}
        {%- set details = classes.setdefault(class, {'cut_off_date': cutoff | string, 'removed': {}}) -%}
        {%- do details.removed.update({relation: removed | int}) -%}
    {%- endfor -%}
    {%- set entries = [] -%}
    {%- for class, details in classes.items() -%}
        {%- do entries.append(('rows_expired', class, details)) -%}
    {%- endfor -%}
    {%- if entries -%}
        {%- do strate.append_audit_entries(entries) -%}
    {%- endif -%}
{% endmacro %}
