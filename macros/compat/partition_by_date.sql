{#- What a table that is replaced by date is partitioned by, where replacing needs it. -#}
{% macro partition_by_date(date_column) %}
    {{- return(adapter.dispatch('partition_by_date', 'strate')(date_column)) -}}
{% endmacro %}

{% macro default__partition_by_date(date_column) %}{{ return(none) }}{% endmacro %}

{% macro bigquery__partition_by_date(date_column) %}{{ return({'field': date_column, 'data_type': 'date'}) }}{% endmacro %}

{% macro spark__partition_by_date(date_column) %}{{ return([date_column]) }}{% endmacro %}
