{#-
    The table that an earlier build left of a model further down, or none. What has passed the gates is learned from
    this way: a ref() would close a circle. The first build finds nothing, nor does parsing.
-#}
{% macro built_before(model_name) %}
    {%- if not execute -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- set node = graph.nodes['model.strate.' ~ model_name] -%}
    {{- return(adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias)) -}}
{% endmacro %}
