{#-
    An input as a select: the contract's columns in the contract's types, text trimmed and empty text null, then the
    extra columns as they are. A column that the relation does not have is null. Values that cannot be read are null.
    An input that is off has these columns and no row. Stops when the relation does not keep the contract.
-#}
{% macro input_rows(input) -%}
    {%- set relation = strate.input_relation(input) -%}
    {%- if relation is not none and execute and '__dbt__cte__' not in relation.name
        and flags.WHICH in ['build', 'run', 'test'] -%}
        {{- strate.stop_on(strate.input_problems(input, relation)) -}}
    {%- endif -%}
    select
    {%- for name, type, is_required in strate.input_contract()[input].columns %}
        {{ strate.input_column(relation, name, type) }} as {{ name }}
        {%- if not loop.last or strate.extra_columns(input) %},{% endif %}
    {%- endfor %}
    {%- for name in strate.extra_columns(input) %}
        {{ 'cast(null as ' ~ dbt.type_string() ~ ')' if relation is none else name }} as {{ name }}
        {%- if not loop.last %},{% endif %}
    {%- endfor %}
    {%- if relation is none %}
    from (select 1 as nothing) as no_input
    where 1 = 0
    {%- else %}
    from {{ relation.name }}
    {%- endif %}
{%- endmacro %}
