{#-
    Runs after everything: says for each gate that failed or warned which segment it was, by what figure. A gate is a
    test tagged `gate` whose rows have a column `message`; of a gate without one only the number of rows is told.
-#}
{% macro report_failed_gates(results) %}
    {%- set shown = 50 -%}
    {%- if execute -%}
        {%- for result in results
            if result.node.resource_type == 'test'
            and 'gate' in result.node.tags
            and result.status in ['fail', 'warn'] -%}
            {%- set verdict = 'Gate ' ~ ('failed' if result.status == 'fail' else 'warns') ~ ': ' -%}
            {%- set found = '(\n' ~ result.node.compiled_code ~ '\n) as findings' -%}
            {%- set empty = run_query('select * from ' ~ found ~ ' where 1 = 0') -%}
            {%- if 'message' in empty.column_names | map('lower') -%}
                {%- set query = 'select message from ' ~ found ~ ' order by message limit ' ~ shown -%}
                {%- for row in run_query(query).rows -%}
                    {%- do log(verdict ~ row[0], info=true) -%}
                {%- endfor -%}
                {%- if result.failures > shown -%}
                    {%- do log(verdict ~ 'and ' ~ (result.failures - shown) ~ ' more like it', info=true) -%}
                {%- endif -%}
            {%- else -%}
                {%- do log(verdict ~ result.node.name ~ ' found ' ~ result.failures, info=true) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
