{#- The family that an engine's type belongs to: text, number, boolean, timestamp, or none for nested and binary types. -#}
{% macro type_family(type) %}
    {%- set families = {
        'text': ['varchar', 'char', 'text', 'string', 'str', 'uuid', 'bpchar', 'name', 'enum'],
        'number': [
            'tinyint', 'smallint', 'int', 'bigint', 'hugeint', 'utinyint', 'usmallint', 'uint', 'ubigint', 'uhugeint',
            'float', 'double', 'real', 'decimal', 'numeric', 'number', 'long', 'short', 'byte',
        ],
        'boolean': ['bool'],
        'timestamp': ['timestamp', 'date', 'datetime'],
    } -%}
    {%- set type = type | lower -%}
    {%- if '[' in type or type.startswith('interval') -%}
        {{- return(none) -}}
    {%- endif -%}
    {%- for family, prefixes in families.items() -%}
        {%- for prefix in prefixes -%}
            {%- if type.startswith(prefix) -%}
                {{- return(family) -}}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(none) -}}
{% endmacro %}
