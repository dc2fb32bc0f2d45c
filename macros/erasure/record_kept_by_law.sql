{#-
    Runs before anything is built: writes the var kept_by_law to the table kept_by_law beside rejected_rows, where
    `strate erase` reads it. No table is made where the var never named anything.
-#}
{% macro record_kept_by_law() %}
    {%- if strate.is_selected() -%}
        {%- set home = graph.nodes.get('model.strate.rejected_rows', target) -%}
        {%- set table = api.Relation.create(database=home.database, schema=home.schema, identifier='kept_by_law') -%}
        {%- set is_there = adapter.get_relation(
            database=home.database, schema=home.schema, identifier='kept_by_law'
        ) is not none -%}
        {%- if var('kept_by_law') or is_there -%}
            {%- if not is_there -%}
                {%- do adapter.create_schema(table.without_identifier()) -%}
                {%- do run_query(
                    'create table ' ~ table ~ ' (input ' ~ dbt.type_string() ~ ', basis ' ~ dbt.type_string() ~ ')'
                ) -%}
            {%- endif -%}
            {%- do run_query('delete from ' ~ table ~ ' where 1 = 1') -%}
            {%- for input, basis in var('kept_by_law').items() -%}
                {%- do run_query('insert into ' ~ table ~ ' values (' ~ strate.text_list([input, basis]) ~ ')') -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
