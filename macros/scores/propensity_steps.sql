{#-
    What scores a target in SQL: a list of steps, each a list of columns with name and SQL, as propensity_fit stored them.
    Empty where its champion scores in Python, or nothing was learned yet. Each step reads the columns of the ones before.
-#}
{% macro propensity_steps(propensity_fit, target) %}
    {%- set steps = [] -%}
    {%- if execute and load_relation(propensity_fit) is not none -%}
        {%- set found = run_query(
            "select position, name, detail from " ~ propensity_fit
            ~ " where record_type = 'expression' and target = '" ~ target ~ "' order by position, name"
        ) -%}
        {%- for position, columns in found.rows | groupby(0) -%}
            {%- set step = [] -%}
            {%- for row in columns -%}
                {%- do step.append({'name': row[1], 'sql': row[2] | replace('{double}', strate.type_double())}) -%}
            {%- endfor -%}
            {%- do steps.append(step) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(steps) -}}
{% endmacro %}
