{#- The version in dbt_project.yml, which a macro of a package cannot read; a test holds the two together. -#}
{% macro strate_version() %}
    {{- return('0.1.0') -}}
{% endmacro %}
