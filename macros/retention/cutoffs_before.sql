{#- The cut-off that each class had in the last build, as text by class; empty before the first. -#}
{% macro cutoffs_before() %}
    {%- set cutoffs = {} -%}
    {%- for class, date, days in run_query(
        'select distinct class, as_of_date, retention_days from ' ~ strate.retention_cutoffs()
    ).rows -%}
        {%- do cutoffs.update({class: strate.days_before(date | string, days | int)}) -%}
    {%- endfor -%}
    {{- return(cutoffs) -}}
{% endmacro %}
