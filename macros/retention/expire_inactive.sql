{#-
    A post-hook of int_retention__inactive_accounts: counts the inactive persons and their CRM records, and deletes these
    before anything is made of them.
-#}
{% macro expire_inactive() %}
    {%- if execute -%}
        {%- set class, days = 'inactive_customers', strate.retention_days('inactive_customers') -%}
        {%- set log = strate.governance_table('retention_runs') -%}
        {%- set before = run_query(
            'select max(cut_off_date) from ' ~ log ~ " where class = '" ~ class ~ "' and invocation_id <> '" ~ invocation_id ~ "'"
        ).rows[0][0] -%}
        {%- set is_new = 'coalesce(last_active_date >= ' ~ strate.date_literal(before) ~ ', ' ~ ('true' if before is none else 'false') ~ ')' -%}
        {%- set rows = [] -%}
        {%- for relation, source in {
            'customers': '(select distinct customer_id, last_active_date, 1 as row_count from ' ~ this ~ ')',
            'crm_customers': '(select inactive.last_active_date, 1 as row_count from '
                ~ graph.nodes['model.strate.base_crm__customers'].relation_name ~ ' as crm inner join ' ~ this
                ~ " as inactive on 'crm:' || crm.crm_customer_id = inactive.account_key where crm.reject_reason is null)",
        }.items() -%}
            {%- set found = run_query(
                'select coalesce(sum(row_count), 0), coalesce(sum(case when ' ~ is_new ~ ' then row_count end), 0) from '
                ~ source ~ ' as inactive'
            ).rows[0] -%}
            {%- do rows.append([relation, found[0] | int, found[1] | int]) -%}
        {%- endfor -%}
        {%- set date = run_query(
            'select max(as_of_date) from ' ~ graph.nodes['model.strate.int_activity__as_of_dates'].relation_name ~ ' where is_latest'
        ).rows[0][0] -%}
        {%- if date is not none -%}
            {%- set date = date | string -%}
            {%- do run_query(
                'delete from ' ~ strate.retention_cutoffs() ~ " where class = '" ~ class ~ "' and relation is not null"
            ) -%}
            {%- set notes = [] -%}
            {%- for relation, expired, removed in rows -%}
                {%- do notes.append([class, relation, days, date[:10], strate.days_before(date, days), expired, removed]) -%}
            {%- endfor -%}
            {%- do strate.note_expired(notes) -%}
            {%- for statement in strate.inactive_deletes() -%}
                {%- do run_query(statement) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
