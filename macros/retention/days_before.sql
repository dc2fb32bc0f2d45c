{#- The date some days before a date, both as text. -#}
{% macro days_before(date, days) %}
    {%- set day = modules.datetime.datetime.strptime(date[:10], '%Y-%m-%d') - modules.datetime.timedelta(days=days) -%}
    {{- return(day.strftime('%Y-%m-%d')) -}}
{% endmacro %}
