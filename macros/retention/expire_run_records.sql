{#-
    Deletes what runs wrote of themselves, where their last entry in the audit log is before the cut-off of the class
    run_records. The log itself stays whole: each entry has the hash of the one before. The last run that made a relation
    stays too: lineage and erasure find tables by it. `made` are the unique ids of what this run made. Returns rows of retention_runs.
-#}
{% macro expire_run_records(date, made) %}
    {%- set found, days = [], strate.retention_days('run_records') -%}
    {%- if days is not none -%}
        {%- set cutoff = strate.days_before(date, days) -%}
        {%- set names = ["''"] -%}
        {%- for id in made -%}
            {%- do names.append("'" ~ id.split('.')[-1] ~ "'") -%}
        {%- endfor -%}
        {%- set old = 'invocation_id in (select invocation_id from ' ~ strate.governance_table('audit_log')
            ~ ' where invocation_id is not null group by invocation_id having cast(max(occurred_at) as date) < '
            ~ strate.date_literal(cutoff) ~ ') and invocation_id not in (select invocation_id from (select invocation_id,'
            ~ ' row_number() over (partition by relation order by started_at desc) as run_from_last from '
            ~ strate.governance_table('relation_runs') ~ " where status = 'success' and relation not in (" ~ names | join(', ')
            ~ ')) as last_runs where run_from_last = 1)' -%}
        {%- for name in ['relation_inputs', 'input_runs', 'model_registry', 'retention_runs', 'relation_runs'] -%}
            {%- set table = strate.governance_table(name) -%}
            {%- set count = run_query('select count(*) from ' ~ table ~ ' where ' ~ old).rows[0][0] | int -%}
            {%- if count -%}
                {%- do run_query('delete from ' ~ table ~ ' where ' ~ old) -%}
            {%- endif -%}
            {%- do found.append([invocation_id, 'run_records', name, days, date[:10], cutoff, count, count]) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}
