{#-
    A condition of a rule as SQL that is true or false, never null. What it reads is added to `leaves`,
    a column or an event and its days each; what is wrong with it to `problems`, and then the SQL is of no use.

    A list or `all` holds when each member does, `any` when one does, `not` when its member does not. A mapping with
    `event` or `no_event` asks for recent events; any other holds when each of its columns is as wanted.
-#}
{% macro condition_sql(condition, where, leaves, problems) %}
    {%- if condition is mapping and ('event' in condition or 'no_event' in condition) -%}
        {{- return(strate.event_condition_sql(condition, where, leaves, problems)) -}}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- if condition is mapping and condition -%}
        {%- for name, wanted in condition.items() -%}
            {%- if name in ['all', 'any'] and (wanted is mapping or wanted is string or wanted is not sequence or not wanted) -%}
                {%- do problems.append(where ~ ' has `' ~ name ~ '` without a list: give it a list of conditions.') -%}
            {%- elif name == 'any' -%}
                {%- set alternatives = [] -%}
                {%- for member in wanted -%}
                    {%- do alternatives.append(strate.condition_sql(member, where, leaves, problems)) -%}
                {%- endfor -%}
                {%- do parts.append('(' ~ alternatives | join(' or ') ~ ')') -%}
            {%- elif name in ['all', 'not'] -%}
                {%- set inner = strate.condition_sql(wanted, where, leaves, problems) -%}
                {%- do parts.append('not ' ~ inner if name == 'not' else inner) -%}
            {%- else -%}
                {%- do parts.append(strate.column_condition_sql(name | string | lower, wanted, where, leaves, problems)) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- elif condition is sequence and condition is not string and condition is not mapping and condition -%}
        {%- for member in condition -%}
            {%- do parts.append(strate.condition_sql(member, where, leaves, problems)) -%}
        {%- endfor -%}
    {%- else -%}
        {%- do problems.append(
            where ~ ' has ' ~ condition | tojson ~ ' where a condition belongs: write a column and what it must be, such as'
            ~ ' {order_count: ">= 2"}, or a list of such conditions.'
        ) -%}
    {%- endif -%}
    {{- return('(' ~ parts | join(' and ') ~ ')') -}}
{% endmacro %}
