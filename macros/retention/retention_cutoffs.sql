{#- The table with the cut-off of each class that holds now; docs/retention.md describes it. -#}
{% macro retention_cutoffs() %}
    {{- return(strate.governance_table('retention_cutoffs') if execute else 'retention_cutoffs') -}}
{% endmacro %}
