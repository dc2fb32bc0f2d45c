{#-
    Runs after everything: says for each gate that failed or warned which segment it was, by what figure. A gate is a
    test tagged `gate` whose rows have a column `message`.
-#}
{% macro report_failed_gates(results) %}
    {%- if execute -%}
        {%- for result in results
            if result.node.resource_type == 'test' and 'gate' in result.node.tags and result.status in ['fail', 'warn'] -%}
            {%- set findings = run_query('select message from (' ~ result.node.compiled_code ~ ') as findings order by message') -%}
            {%- for row in findings.rows[:20] -%}
                {%- do log('Gate ' ~ ('failed' if result.status == 'fail' else 'warns') ~ ': ' ~ row[0], info=true) -%}
            {%- endfor -%}
            {%- if findings.rows | length > 20 -%}
                {%- do log('Gate: and ' ~ (findings.rows | length - 20) ~ ' more like it.', info=true) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endif -%}
{% endmacro %}
