{#- One column of an input, read as the contract's type from whatever type the relation has. -#}
{% macro input_column(relation, name, type) -%}
    {%- set engine_type = {
        'text': dbt.type_string(),
        'number': strate.type_double(),
        'boolean': 'boolean',
        'timestamp': dbt.type_timestamp(),
    }[type] -%}
    {%- set found = (relation.types or {}).get(name) if relation is not none else none -%}
    {%- set family = strate.type_family(found) if found else 'text' -%}
    {%- set as_text = strate.trimmed('cast(' ~ name ~ ' as ' ~ dbt.type_string() ~ ')') -%}
    {%- if relation is none or (relation.types is not none and name not in relation.types) -%}
        cast(null as {{ engine_type }})
    {%- elif type == 'text' and found and (found.startswith('float') or found.startswith('double') or found.startswith('real')) -%}
        {#- Keys that passed through a data frame come as 17850.0 in one table and 17850 in the other. -#}
        case
            when {{ as_text }} like '%.0' then substr({{ as_text }}, 1, length({{ as_text }}) - 2)
            else {{ as_text }}
        end
    {%- elif type == 'text' -%}
        {{ as_text }}
    {%- elif type == 'number' and family == 'number' -%}
        {{ strate.finite('cast(' ~ name ~ ' as ' ~ engine_type ~ ')') }}
    {%- elif type == 'number' -%}
        {{ strate.finite(strate.parse_number(as_text)) }}
    {%- elif type == 'boolean' and family == 'boolean' -%}
        {{ name }}
    {%- elif type == 'boolean' -%}
        {{ strate.parse_boolean(as_text) }}
    {%- elif family == 'timestamp' -%}
        {{ strate.to_utc(name, found) }}
    {%- else -%}
        cast({{ strate.parse_timestamp(as_text) }} as {{ engine_type }})
    {%- endif -%}
{%- endmacro %}
