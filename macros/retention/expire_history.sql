{#-
    Deletes what was recorded of dates before the cut-off of the class history. Returns a row of retention_runs for each
    table. A transition out of a deleted date becomes an entry, as at any first date.
-#}
{% macro expire_history(date) %}
    {%- set found, days = [], strate.retention_days('history') -%}
    {%- if days is not none -%}
        {%- set cutoff = strate.days_before(date, days) -%}
        {%- set limit = strate.date_literal(cutoff) -%}
        {%- for model, column in [
            ('segment_history', 'as_of_date'),
            ('segment_history_features', 'as_of_date'),
            ('segmentation_parameters', 'as_of_date'),
            ('segment_lineage', 'as_of_date'),
            ('segment_transitions', 'from_date'),
            ('segment_moves', 'from_date'),
            ('int_segments__moves', 'from_date'),
            ('customer_scores', 'as_of_date'),
            ('model_versions', 'as_of_date'),
            ('segment_performance', 'as_of_date'),
        ] if 'model.strate.' ~ model in graph.nodes -%}
            {%- set table = strate.built_before(model) -%}
            {%- if table -%}
                {%- set where = column ~ ' < ' ~ limit -%}
                {%- if model == 'segment_transitions' -%}
                    {%- set where = '(' ~ where ~ ' or to_date < ' ~ limit ~ ')' -%}
                {%- endif -%}
                {%- set count = run_query('select count(*) from ' ~ table ~ ' where ' ~ where).rows[0][0] | int -%}
                {%- if count -%}
                    {%- if model == 'segment_transitions' -%}
                        {%- do strate.enter_anew(table, limit) -%}
                    {%- endif -%}
                    {%- do run_query('delete from ' ~ table ~ ' where ' ~ where) -%}
                {%- endif -%}
                {%- do found.append([invocation_id, 'history', model, days, date[:10], cutoff, count, count]) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}
