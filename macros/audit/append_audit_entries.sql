{#-
    Appends entries, each (action, subject, details), to audit_log. The hash of an entry covers the hash before it and its
    own fields, each with its length in front, so that no field can run into the next. src/strate/audit/chain.py
    has the same form; a test holds the two together. Returns the number and the hash of the last entry.
-#}
{% macro append_audit_entries(entries) %}
    {%- set log = strate.governance_table('audit_log') -%}
    {%- set head = run_query(
        'select entry_number, entry_hash from ' ~ log ~ ' where entry_number = (select max(entry_number) from ' ~ log ~ ')'
    ).rows -%}
    {%- set last = namespace(number=head[0][0] | int if head else 0, hash=head[0][1] if head else '') -%}
    {%- set actor = env_var('STRATE_ACTOR', env_var('USER', 'unknown')) -%}
    {%- set rows = [] -%}
    {%- for action, subject, details in entries -%}
        {%- set now = modules.datetime.datetime.now(modules.pytz.utc).strftime('%Y-%m-%d %H:%M:%S.%f') -%}
        {%- set fields = [
            last.number + 1, now, actor, action, subject, tojson(details, sort_keys=true), invocation_id, strate.strate_version()
        ] -%}
        {%- set content = [last.hash] -%}
        {%- for field in fields -%}
            {%- do content.append('-' if field is none else (field | string | length) ~ ':' ~ field) -%}
        {%- endfor -%}
        {%- set content = "'" ~ dbt.escape_single_quotes(content | join) ~ "'" -%}
        {%- set hash = run_query('select ' ~ strate.sha256_text(content) ~ ' as entry_hash').rows[0][0] -%}
        {%- do rows.append(fields + [last.hash, hash]) -%}
        {%- set last.number = last.number + 1 -%}
        {%- set last.hash = hash -%}
    {%- endfor -%}
    {%- do strate.insert_values('audit_log', rows) -%}
    {{- return((last.number, last.hash)) -}}
{% endmacro %}
