{#-
    Whether this run builds anything of Strate, so that its checks are not in the way of other work. Tests alone do not
    count: dbt selects some of Strate's together with the models that an input names.
-#}
{% macro is_selected() %}
    {%- if not execute or flags.WHICH not in ['build', 'run', 'seed'] -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- for resource in selected_resources if resource.startswith('model.strate.') or resource.startswith('seed.strate.') -%}
        {{- return(true) -}}
    {%- endfor -%}
    {{- return(false) -}}
{% endmacro %}
