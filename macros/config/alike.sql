{#- The names that share a word with a name that is not among them, or all where none does. -#}
{% macro alike(name, names) %}
    {%- set words = name.split('_') -%}
    {%- set found = [] -%}
    {%- for candidate in names if candidate.split('_') | select('in', words) | list -%}
        {%- do found.append(candidate) -%}
    {%- endfor -%}
    {{- return(found or names) -}}
{% endmacro %}
