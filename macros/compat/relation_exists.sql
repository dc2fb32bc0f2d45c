{#- Whether a rendered relation name, such as "db"."schema"."table", names something that can be read now. -#}
{% macro relation_exists(relation_name) %}
    {{- return(adapter.dispatch('relation_exists', 'strate')(relation_name)) -}}
{% endmacro %}

{% macro default__relation_exists(relation_name) %}
    {%- set parts = (relation_name | replace('"', '') | replace('`', '')).split('.') -%}
    {%- set database = parts[-3] if parts | length > 2 else target.database -%}
    {%- set schema = parts[-2] if parts | length > 1 else target.schema -%}
    {{- return(adapter.get_relation(database=database, schema=schema, identifier=parts[-1]) is not none) -}}
{% endmacro %}

{#- On DuckDB an input may also be a file ('data/orders.parquet') or a table function (read_csv(...)). -#}
{% macro duckdb__relation_exists(relation_name) %}
    {%- if relation_name.startswith("'") -%}
        {{- return(run_query('select 1 from glob(' ~ relation_name ~ ') limit 1').rows | length > 0) -}}
    {%- elif '(' in relation_name -%}
        {{- return(true) -}}
    {%- endif -%}
    {{- return(strate.default__relation_exists(relation_name)) -}}
{% endmacro %}
