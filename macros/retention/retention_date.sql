{#-
    The date that periods count back from, as text: the latest as-of date of this build or of an earlier one, so that a
    backfill brings nothing back; none where there is no date. Stops where the date comes from a row that stands alone: such
    a row is mostly a wrong clock, and what is deleted on its word is gone.
-#}
{% macro retention_date(as_of_dates) %}
    {%- set quiet_days = 30 -%}
    {%- set latest = run_query('select max(as_of_date) from ' ~ as_of_dates ~ ' where is_latest').rows[0][0] -%}
    {%- if latest is none -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- if var('as_of_date') is none -%}
        {%- set dates = [] -%}
        {%- for model, column in [
            ('int_activity__order_lines', 'order_date'),
            ('int_activity__sessions', 'session_date'),
            ('int_activity__campaign_touches', 'touch_date'),
        ] -%}
            {%- do dates.append(
                'select max(' ~ column ~ ') as last_date from ' ~ graph.nodes['model.strate.' ~ model].relation_name
                ~ ' where ' ~ column ~ ' < ' ~ strate.date_literal(latest)
            ) -%}
        {%- endfor -%}
        {%- set last = run_query('select max(last_date) from (' ~ dates | join(' union all ') ~ ') as dates').rows[0][0] -%}
        {%- if last is not none and last | string < strate.days_before(latest | string, quiet_days) -%}
            {%- do exceptions.raise_compiler_error(
                'Nothing is deleted: `retention_days` would count from ' ~ latest ~ ', the last date in the data, but the last'
                ~ ' order, session or campaign message before it is of ' ~ last ~ '. Set the var `latest_date` so that the row'
                ~ ' behind it is set aside, or the var `as_of_date` to the date that you mean.'
            ) -%}
        {%- endif -%}
    {%- endif -%}
    {%- set noted = run_query('select max(as_of_date) from ' ~ strate.retention_cutoffs()).rows[0][0] -%}
    {{- return([latest | string, noted | string if noted is not none else ''] | max) -}}
{% endmacro %}
