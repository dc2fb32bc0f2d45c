{#-
    After a run that did not work out the as-of date, or failed before: closes the staging views at the cut-offs of the last
    build that did, and deletes what the run brought back into tables.
-#}
{% macro expire_again() %}
    {%- set table = strate.retention_cutoffs() -%}
    {%- set cutoffs = strate.cutoffs_before() -%}
    {%- for class, cutoff in cutoffs.items() -%}
        {%- do run_query(
            'update ' ~ table ~ ' set cut_off_date = ' ~ strate.date_literal(cutoff)
            ~ " where cut_off_date is null and class = '" ~ class ~ "'"
        ) -%}
    {%- endfor -%}
    {%- set there = {} -%}
    {%- for node in graph.nodes.values() if node.package_name == 'strate' and node.resource_type == 'model' -%}
        {%- if adapter.get_relation(database=node.database, schema=node.schema, identifier=node.alias) -%}
            {%- do there.update({node.name: true}) -%}
        {%- endif -%}
    {%- endfor -%}
    {#- Statements read staging views, so they need a build that came so far. -#}
    {%- if cutoffs and there.int_activity__as_of_dates -%}
        {%- for model, statement in strate.expired_row_deletes(cutoffs) -%}
            {%- do run_query(statement) -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
