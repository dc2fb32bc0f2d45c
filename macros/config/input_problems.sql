{#-
    What is wrong with an input, each problem one sentence that names the var, the column and the mend.
    `relation` is what input_relation returned for it.
-#}
{% macro input_problems(input, relation) %}
    {%- set accepted = {
        'text': ['text', 'number', 'boolean', 'timestamp'],
        'number': ['number', 'text'],
        'boolean': ['boolean', 'number', 'text'],
        'timestamp': ['timestamp', 'text'],
    } -%}
    {%- set problems = [] -%}
    {%- set where = 'var `' ~ input ~ '` (' ~ relation.name ~ ')' -%}
    {%- if not relation.exists -%}
        {%- do problems.append(
            where ~ ' names a relation that does not exist: build or load it first, name another one, or set the var to null.'
        ) -%}
    {%- else -%}
        {%- for name, type, is_required in strate.input_contract()[input].columns -%}
            {%- if name not in relation.types -%}
                {%- if is_required -%}
                    {%- do problems.append(
                        where ~ ' lacks the required column `' ~ name ~ '` (' ~ type ~ '): add it in a model between your table and Strate; it has '
                        ~ relation.types.keys() | join(', ') ~ '.'
                    ) -%}
                {%- endif -%}
            {%- elif strate.type_family(relation.types[name]) not in accepted[type] -%}
                {%- do problems.append(
                    where ~ ' has the column `' ~ name ~ '` as ' ~ relation.types[name] ~ ', which cannot be read as ' ~ type
                    ~ ': cast it to ' ~ accepted[type] | join(' or ') ~ ' in a model between your table and Strate.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- for name in strate.extra_columns(input) if name not in relation.types -%}
            {%- do problems.append(
                where ~ ' lacks the column `' ~ name ~ '` that var `extra_columns` asks for: add it, or take it off that list.'
            ) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(problems) -}}
{% endmacro %}
