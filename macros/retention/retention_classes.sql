{#-
    The classes of data that may have a period, each with the days that features look back over its rows, or none where no
    feature is made of them. docs/retention.md says what each covers.
-#}
{% macro retention_classes() %}
    {%- set year = [365, var('lifecycle_lapsed_days')] | select('number') | max -%}
    {{- return({
        'tracking': 365,
        'campaigns': 90,
        'surveys': 0,
        'orders': year,
        'consents': 0,
        'inactive_customers': none,
        'history': none,
        'rejected_rows': none,
        'run_records': none,
    }) -}}
{% endmacro %}
