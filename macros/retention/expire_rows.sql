{#-
    A post-hook of int_activity__as_of_dates: the first moment at which the date is known and nobody has read activity yet.
    Notes the cut-off of each class, which closes the staging views to what is older, counts what is beyond it, and deletes
    that from the tables of staging and activity. In one transaction with the dates themselves.
-#}
{% macro expire_rows() %}
    {%- if execute and strate.is_retention_on() -%}
        {%- set before = strate.cutoffs_before() -%}
        {%- set date = strate.retention_date(this) -%}
        {%- if date is not none -%}
            {%- set cutoffs, rows = {}, [] -%}
            {%- for class in strate.retention_classes() if strate.retention_days(class) is not none -%}
                {%- do cutoffs.update({class: strate.days_before(date, strate.retention_days(class))}) -%}
                {%- do rows.append([class, none, strate.retention_days(class), date, cutoffs[class], 0, 0]) -%}
            {%- endfor -%}
            {%- do rows.extend(strate.expired_input_rows(date, cutoffs, before)) -%}
            {#- Who is inactive is counted later in the build, where it gets that far. -#}
            {%- set kept = " where relation is null or class <> 'inactive_customers'" if 'inactive_customers' in cutoffs -%}
            {%- do run_query('delete from ' ~ strate.retention_cutoffs() ~ kept) -%}
            {%- do strate.note_expired(rows) -%}
            {%- for model, statement in strate.expired_row_deletes(cutoffs) -%}
                {%- do run_query(statement) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
