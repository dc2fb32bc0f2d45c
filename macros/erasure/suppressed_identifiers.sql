{#-
    The table of identifiers of erased persons, which `strate erase` writes beside rejected_rows, or none where nobody
    was erased. docs/erasure.md has its columns. Stops where its pseudonyms have another key than those of this run.
-#}
{% macro suppressed_identifiers() %}
    {%- if not execute -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set home = graph.nodes.get('model.strate.rejected_rows', target) -%}
    {%- set table = adapter.get_relation(
        database=home.database, schema=home.schema, identifier='suppressed_identifiers'
    ) -%}
    {%- if table is none -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set counts = run_query(
        'select count(*), sum(case when key_fingerprint <> ' ~ strate.pseudonym("'strate'") ~ ' then 1 else 0 end) from '
        ~ table
    ).rows[0] -%}
    {%- if counts[0] and counts[1] -%}
        {{- strate.stop_on([
            'The table suppressed_identifiers was written with another STRATE_PSEUDONYM_KEY, so that the rows of '
            ~ 'erased persons would come back: see "A new key" in docs/erasure.md.'
        ]) -}}
    {%- endif -%}
    {{- return(table if counts[0] else none) -}}
{% endmacro %}
