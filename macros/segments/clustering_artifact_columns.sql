{#- The columns of the rows that a clustering is written in, with their types: what `strate.clustering` reads back. -#}
{% macro clustering_artifact_columns() %}
    {{- return([
        ('record_type', dbt.type_string()),
        ('model_version', dbt.type_string()),
        ('algorithm', dbt.type_string()),
        ('candidate_id', dbt.type_string()),
        ('k', dbt.type_bigint()),
        ('cluster_id', dbt.type_bigint()),
        ('prototype_id', dbt.type_bigint()),
        ('name', dbt.type_string()),
        ('parameter', dbt.type_string()),
        ('value', strate.type_double()),
        ('detail', dbt.type_string()),
    ]) -}}
{% endmacro %}
