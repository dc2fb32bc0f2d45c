{#- The numbers that prototypes can have. K-means has one prototype a cluster, so there are no more than clusters tried. -#}
{% macro clustering_prototypes() %}
    {{- return(range(1, (var('clustering_max_clusters') | int) + 1)) -}}
{% endmacro %}
