{#-
    A row in model_registry for each version of each model that this run fitted: what it was told, what it chose, until
    when it learned and from how many rows, and how good it is.
-#}
{% macro record_models(results) %}
    {%- set registered = strate.registered_models() -%}
    {%- set rows = [] -%}
    {%- for result in results if result.node.unique_id in registered and result.status == 'success' -%}
        {%- set node = result.node -%}
        {%- set model = registered[node.unique_id] -%}
        {%- set settings = node.config.get(model.settings) or {} -%}
        {%- set fingerprint = run_query('select ' ~ strate.content_fingerprint(model.content) ~ ' as content').rows[0][0] -%}
        {%- set versions = {} -%}
        {%- for version, algorithm, trained_until, name, value, detail in run_query(model.facts).rows -%}
            {%- set found = versions.setdefault(version, {'metrics': {}}) -%}
            {%- do found.update({'algorithm': algorithm}) -%}
            {%- if trained_until is not none -%}
                {%- do found.update({'trained_until': trained_until | string}) -%}
            {%- endif -%}
            {%- do found.metrics.update({name: detail if value is none else value | float}) -%}
        {%- endfor -%}
        {%- for version, found in versions.items() -%}
            {%- do rows.append([
                invocation_id,
                node.name,
                version,
                found.algorithm,
                tojson(settings, sort_keys=true),
                tojson(settings.get('features') or []),
                found.trained_until[:10] if found.trained_until else none,
                found.metrics.get(model.row_count) | int,
                tojson(found.metrics, sort_keys=true),
                fingerprint,
                strate.code_version(node),
            ]) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- do strate.insert_values('model_registry', rows) -%}
{% endmacro %}
