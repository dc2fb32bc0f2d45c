{#- Whether this run builds or tests anything of Strate, so that its checks are not in the way of other work. -#}
{% macro is_selected() %}
    {%- if not execute or flags.WHICH not in ['build', 'run', 'test', 'seed'] -%}
        {{- return(false) -}}
    {%- endif -%}
    {%- for resource in selected_resources if resource.split('.')[1] == 'strate' -%}
        {{- return(true) -}}
    {%- endfor -%}
    {{- return(false) -}}
{% endmacro %}
