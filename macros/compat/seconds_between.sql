{#- Seconds from one timestamp to a later one. -#}
{% macro seconds_between(start_at, end_at) %}
    {{- return(adapter.dispatch('seconds_between', 'strate')(start_at, end_at)) -}}
{% endmacro %}

{% macro default__seconds_between(start_at, end_at) %}datediff(second, {{ start_at }}, {{ end_at }}){% endmacro %}

{% macro duckdb__seconds_between(start_at, end_at) %}(epoch({{ end_at }}) - epoch({{ start_at }})){% endmacro %}

{% macro postgres__seconds_between(start_at, end_at) %}extract(epoch from ({{ end_at }} - {{ start_at }})){% endmacro %}

{% macro bigquery__seconds_between(start_at, end_at) %}timestamp_diff({{ end_at }}, {{ start_at }}, second){% endmacro %}

{% macro spark__seconds_between(start_at, end_at) %}(unix_timestamp({{ end_at }}) - unix_timestamp({{ start_at }})){% endmacro %}
