{#-
    Runs before anything is built: stops when a model or seed of the user's project has the name of one of Strate's. dbt
    looks for a bare name in the user's project first, so Strate would read theirs.
-#}
{% macro check_names() %}
    {%- if strate.is_selected() -%}
        {%- set names = [] -%}
        {%- for node in graph.nodes.values() if node.package_name == 'strate' and node.resource_type in ['model', 'seed'] -%}
            {%- do names.append(node.name) -%}
        {%- endfor -%}
        {%- set problems = [] -%}
        {%- for node in graph.nodes.values()
            if node.package_name != 'strate' and node.resource_type in ['model', 'seed', 'snapshot'] and node.name in names -%}
            {%- do problems.append(
                node.resource_type ~ ' `' ~ node.name ~ '` of ' ~ node.package_name ~ ' has the name of one of Strate, which would read it'
                ~ ' instead of its own: rename it, and keep the name of its table with the config `alias`.'
            ) -%}
        {%- endfor -%}
        {{- strate.stop_on(problems) -}}
    {%- endif -%}
{% endmacro %}
