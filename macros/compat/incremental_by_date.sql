{#- How an incremental model replaces whole dates: by delete and insert, or by partition where there is no delete. -#}
{% macro incremental_by_date() %}
    {{- return(adapter.dispatch('incremental_by_date', 'strate')()) -}}
{% endmacro %}

{% macro default__incremental_by_date() %}{{ return('delete+insert') }}{% endmacro %}

{% macro bigquery__incremental_by_date() %}{{ return('insert_overwrite') }}{% endmacro %}

{% macro spark__incremental_by_date() %}{{ return('insert_overwrite') }}{% endmacro %}
