{#- Adds rows, lists of text, numbers and none, to a governance table in one statement. -#}
{% macro insert_values(name, rows) %}
    {%- if rows -%}
        {%- set types = strate.governance_columns()[name] -%}
        {%- set lines = [] -%}
        {%- for row in rows -%}
            {%- set values = [] -%}
            {%- for value in row -%}
                {%- set literal -%}
                    {%- if value is none %}null
                    {%- elif value is string %}'{{ dbt.escape_single_quotes(value) }}'
                    {%- else %}{{ value }}
                    {%- endif -%}
                {%- endset -%}
                {#- A text becomes any other type by itself but a point in time. -#}
                {%- set type = types[loop.index0][1] -%}
                {%- do values.append('cast(' ~ literal ~ ' as ' ~ type ~ ')' if type == dbt.type_timestamp() else literal) -%}
            {%- endfor -%}
            {%- do lines.append('(' ~ values | join(', ') ~ ')') -%}
        {%- endfor -%}
        {%- set columns = types | map(attribute=0) | join(', ') -%}
        {%- do run_query(
            'insert into ' ~ strate.governance_table(name) ~ ' (' ~ columns ~ ') values ' ~ lines | join(',\n')
        ) -%}
    {%- endif -%}
{% endmacro %}
