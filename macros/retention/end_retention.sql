{#-
    Runs after everything, also after a failure: cuts the history and the records of runs, cuts again what a run of some
    models brought back, and enters in the audit log what was removed.
-#}
{% macro end_retention(results) %}
    {%- if strate.is_selected() and strate.is_retention_on() -%}
        {%- set made = results | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') | list -%}
        {%- set is_dated = 'model.strate.int_activity__as_of_dates' in made -%}
        {%- if not is_dated -%}
            {%- do strate.expire_again() -%}
        {%- endif -%}
        {%- set inactive = 'model.strate.int_retention__inactive_accounts' -%}
        {%- if inactive in graph.nodes and inactive not in made and strate.built_before('int_retention__inactive_accounts') -%}
            {%- for statement in strate.inactive_deletes() -%}
                {%- do run_query(statement) -%}
            {%- endfor -%}
        {%- endif -%}
        {%- set date = run_query('select max(as_of_date) from ' ~ strate.retention_cutoffs()).rows[0][0] -%}
        {%- if date is not none -%}
            {%- set found = strate.expire_history(date | string) + strate.expire_run_records(date | string, made) -%}
            {#- A run of some models that finds nothing to remove says nothing. -#}
            {%- do strate.insert_values('retention_runs', found if is_dated else found | selectattr(7) | list) -%}
            {%- do strate.append_expired_entries() -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
