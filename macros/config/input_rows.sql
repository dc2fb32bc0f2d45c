{#-
    An input as a select: the contract's columns in the contract's types, text trimmed and empty text null, then the
    extra columns as they are. A column that the relation does not have is null. Values that cannot be read are null;
    for each of the columns `told_apart`, <name>_is_unreadable is 1 where there was one, else 0.
    An input that is off has these columns and no row. Stops when the relation does not keep the contract.

    Inputs that know persons have one column more, is_erased: true for a row of an erased person, in which all else is
    null (docs/erasure.md).
-#}
{% macro input_rows(input, told_apart=[]) -%}
    {%- set relation = strate.input_relation(input) -%}
    {%- if relation is not none and execute and '__dbt__cte__' not in relation.name
        and flags.WHICH in ['build', 'run', 'test'] -%}
        {{- strate.stop_on(strate.input_problems(input, relation)) -}}
    {%- endif -%}
    {%- if strate.suppression_columns(input) -%}
        {{ strate.without_erased(input, told_apart) }}
    {%- else -%}
        {{ strate.given_rows(input, told_apart) }}
    {%- endif -%}
{%- endmacro %}

{#- The rows of an input as they came, those of erased persons among them. -#}
{% macro given_rows(input, told_apart=[]) -%}
    {%- set relation = strate.input_relation(input) -%}
    select
    {%- for name, type, is_required in strate.input_contract()[input].columns %}
        {{ strate.input_column(relation, name, type) }} as {{ name }}
        {%- if name in told_apart %},
        case
            when {{ strate.input_column(relation, name, type) }} is null
                and {{ strate.input_column(relation, name, 'text') }} is not null
                then 1
            else 0
        end as {{ name }}_is_unreadable
        {%- endif %}
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
