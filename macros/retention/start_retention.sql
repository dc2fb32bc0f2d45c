{#-
    Runs before anything is built: a run that will work out the as-of date reads all rows until then, so that what becomes of
    them does not depend on what an earlier build cut.
-#}
{% macro start_retention() %}
    {%- if strate.is_selected() and strate.is_retention_on() -%}
        {%- set cutoffs = strate.retention_cutoffs() -%}
        {%- if 'model.strate.int_activity__as_of_dates' in selected_resources -%}
            {%- do run_query('update ' ~ cutoffs ~ " set cut_off_date = null where class <> 'inactive_customers'") -%}
        {%- endif -%}
    {%- endif -%}
{% endmacro %}
