{#- The family that an engine's type belongs to: text, number, boolean, timestamp, or none for nested and binary types. -#}
{% macro type_family(type) %}
    {%- set families = {
        'text': [
            'varchar', 'char', 'character', 'text', 'string', 'uuid', 'bpchar', 'nvarchar', 'nchar', 'enum', 'character varying',
        ],
        'number': [
            'tinyint', 'smallint', 'int', 'integer', 'bigint', 'hugeint', 'utinyint', 'usmallint', 'uinteger', 'ubigint',
            'uhugeint', 'int2', 'int4', 'int8', 'int16', 'int32', 'int64', 'float', 'float4', 'float8', 'float64', 'double',
            'double precision', 'real', 'decimal', 'numeric', 'bignumeric', 'bigdecimal', 'number', 'long', 'short', 'byte',
        ],
        'boolean': ['bool', 'boolean'],
    } -%}
    {%- set name = (type | lower).split('(')[0] | trim -%}
    {%- if '[' in type -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- if name == 'date' or name.startswith('timestamp') or name.startswith('datetime') -%}
        {{- return('timestamp') -}}
    {%- endif -%}
    {%- for family, names in families.items() if name in names -%}
        {{- return(family) -}}
    {%- endfor -%}
    {{- return(none) -}}
{% endmacro %}
