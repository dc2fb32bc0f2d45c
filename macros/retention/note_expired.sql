{#-
    Notes rows (class, relation, days, date counted from, cut-off, rows beyond it, rows that the build before still had): what
    holds now in retention_cutoffs, and what this run did in retention_runs. A row without a relation is the class itself.
-#}
{% macro note_expired(rows) %}
    {%- set now, run = [], [] -%}
    {%- for row in rows -%}
        {%- do now.append(row[:6]) -%}
        {%- if row[1] is not none -%}
            {%- do run.append([invocation_id] + row) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do strate.insert_values('retention_cutoffs', now) -%}
    {%- do strate.insert_values('retention_runs', run) -%}
{% endmacro %}
