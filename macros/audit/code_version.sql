{#-
    What a node was made by: the version of Strate and a checksum of the node's own file. Of a seed of more than a megabyte
    dbt takes no checksum.
-#}
{% macro code_version(node) %}
    {%- set checksum = '+' ~ node.checksum.checksum[:12] if node.checksum.name == 'sha256' else '' -%}
    {{- return(strate.strate_version() ~ checksum) -}}
{% endmacro %}
