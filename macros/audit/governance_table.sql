{#-
    One of the tables of `governance_columns`, made if it is not there. They are no models: a model is made anew or
    grows while a run goes on, and these tell of the run itself, keep every row, and outlive --full-refresh. They stand beside
    rejected_rows, where that is not disabled.
-#}
{% macro governance_table(name) %}
    {%- set home = graph.nodes.get('model.strate.rejected_rows', target) -%}
    {%- set relation = api.Relation.create(database=home.database, schema=home.schema, identifier=name) -%}
    {%- if not adapter.get_relation(database=home.database, schema=home.schema, identifier=name) -%}
        {%- do adapter.create_schema(relation.without_identifier()) -%}
        {%- set columns = [] -%}
        {%- for column, type in strate.governance_columns()[name] -%}
            {%- do columns.append(column ~ ' ' ~ type) -%}
        {%- endfor -%}
        {%- do run_query('create table if not exists ' ~ relation ~ ' (' ~ columns | join(', ') ~ ')') -%}
    {%- endif -%}
    {{- return(relation) -}}
{% endmacro %}
