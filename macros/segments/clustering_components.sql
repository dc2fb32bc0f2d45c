{#- The names of the dimensions in which prototypes lie: the features, or the principal components when there are some. -#}
{% macro clustering_components() %}
    {%- set count = var('clustering_pca_components') -%}
    {%- if count == 0 -%}
        {{- return(strate.clustering_inputs() | map(attribute='name') | list) -}}
    {%- endif -%}
    {%- set names = [] -%}
    {%- for number in range(1, count + 1) -%}
        {%- do names.append('component_' ~ number) -%}
    {%- endfor -%}
    {{- return(names) -}}
{% endmacro %}
