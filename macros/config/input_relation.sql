{#-
    What is known of an input while the project runs: its rendered name and, where it can be read now, its columns.

    Returns none for an input that is switched off; otherwise a dict with `name` (text), `is_node` (whether this run
    builds it), `exists` (whether it can be read now) and `types` (lower-case column name to lower-case type, or none
    where the columns cannot be known: while parsing, in a unit test, or before the relation exists).
-#}
{% macro input_relation(input) %}
    {%- set name = var(input) -%}
    {%- if name is none -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set name = name | string | trim -%}
    {%- if not execute or '__dbt__cte__' in name -%}
        {{- return({'name': name, 'is_node': true, 'exists': false, 'types': none}) -}}
    {%- endif -%}
    {%- set node_names = graph.nodes.values() | map(attribute='relation_name') | select('string') | list -%}
    {%- set exists = strate.relation_exists(name) -%}
    {%- set types = none -%}
    {%- if exists -%}
        {%- set types = {} -%}
        {%- for column in adapter.get_column_schema_from_query('select * from ' ~ name ~ ' where 1 = 0') -%}
            {%- do types.update({column.name | lower: column.dtype | lower}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return({'name': name, 'is_node': name in node_names, 'exists': exists, 'types': types}) -}}
{% endmacro %}
