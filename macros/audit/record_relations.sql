{#-
    A row in relation_runs for each model and seed of Strate in this run, built or not, and a row in relation_inputs for
    each relation that it reads. Rows are counted in tables only: a view has none of its own, and counting would make it.
-#}
{% macro record_relations(results, inputs) %}
    {%- set runs, verdicts, counted = [], {}, {} -%}
    {%- for result in results -%}
        {%- set node, status = result.node, result.status | string -%}
        {%- if node.resource_type in ['model', 'seed'] and node.package_name == 'strate' -%}
            {%- do runs.append(result) -%}
            {%- if status == 'success' and node.config.materialized != 'view' -%}
                {%- do counted.update({node.unique_id: node.relation_name}) -%}
            {%- endif -%}
        {%- elif node.resource_type == 'test' and status in ['pass', 'warn', 'fail', 'error'] -%}
            {#- A test of a column or model speaks of that; a query over several, of each of them. -#}
            {%- for about in ([node.attached_node] if node.attached_node else node.depends_on.nodes) -%}
                {%- set found = verdicts.setdefault(about, {'pass': 0, 'warn': 0, 'fail': 0}) -%}
                {%- set verdict = 'fail' if status == 'error' else status -%}
                {%- do found.update({verdict: found[verdict] + 1}) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {%- for result in runs -%}
        {%- for parent in result.node.depends_on.nodes if parent not in counted -%}
            {%- set node = graph.nodes.get(parent) or graph.sources.get(parent) -%}
            {%- if node and node.relation_name -%}
                {%- set there = adapter.get_relation(
                    database=node.database, schema=node.schema, identifier=node.alias or node.identifier
                ) -%}
                {%- if there and there.is_table -%}
                    {%- do counted.update({parent: there | string}) -%}
                {%- endif -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}

    {%- set counts, queries = {}, [] -%}
    {%- for id, table in counted.items() -%}
        {%- do queries.append("select '" ~ id ~ "' as relation, count(*) as row_count from " ~ table) -%}
    {%- endfor -%}
    {%- if queries -%}
        {%- for row in run_query(queries | join('\nunion all\n')).rows -%}
            {%- do counts.update({row[0]: row[1] | int}) -%}
        {%- endfor -%}
    {%- endif -%}
    {%- set rejected = {} -%}
    {%- if 'model.strate.rejected_rows' in runs | selectattr('status', 'equalto', 'success') | map(attribute='node.unique_id') -%}
        {%- set table = graph.nodes['model.strate.rejected_rows'].relation_name -%}
        {%- for row in run_query('select input, count(*) from ' ~ table ~ ' group by input').rows -%}
            {%- do rejected.update({row[0]: row[1] | int}) -%}
        {%- endfor -%}
        {%- do rejected.update({'known': true}) -%}
    {%- endif -%}

    {%- set relation_rows, input_rows = [], [] -%}
    {%- for result in runs -%}
        {%- set node = result.node -%}
        {%- set found = verdicts.get(node.unique_id, {'pass': 0, 'warn': 0, 'fail': 0}) -%}
        {%- set started = result.timing | selectattr('name', 'equalto', 'execute') | map(attribute='started_at') | first -%}
        {%- set input = node.name | replace('base_', '') | replace('__', '_') if node.name.startswith('base_') else none -%}
        {%- do relation_rows.append([
            invocation_id,
            node.name,
            node.resource_type | string,
            node.config.materialized,
            node.relation_name,
            result.status | string,
            counts.get(node.unique_id) if result.status == 'success' else none,
            rejected.get(input, 0) if input and rejected.known else none,
            found['pass'],
            found['warn'],
            found['fail'],
            strate.code_version(node),
            local_md5(node.compiled_code) if node.compiled_code else none,
            started.strftime('%Y-%m-%d %H:%M:%S.%f') if started else none,
            result.execution_time,
        ]) -%}
        {%- for parent in node.depends_on.nodes -%}
            {%- do input_rows.append([invocation_id, node.name, parent.split('.')[-1], counts.get(parent)]) -%}
        {%- endfor -%}
        {%- if input in inputs -%}
            {%- do input_rows.append([invocation_id, node.name, input, none]) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- do strate.insert_values('relation_runs', relation_rows) -%}
    {%- do strate.insert_values('relation_inputs', input_rows) -%}
{% endmacro %}
