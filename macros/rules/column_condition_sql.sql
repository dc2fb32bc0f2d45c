{#- What a column of customer_features must be, as SQL that is true or false: an unknown value fulfils nothing but null. -#}
{% macro column_condition_sql(name, wanted, where, leaves, problems) %}
    {%- set types = {} -%}
    {%- for column, type, group, inputs in strate.feature_columns() -%}
        {%- do types.update({column: 'number' if type in ['integer', 'double'] else type}) -%}
    {%- endfor -%}
    {#- A column of the user's own may have any type: it is read as that of the value it is compared with. -#}
    {%- for column in strate.extra_columns('crm_customers') + strate.extra_columns('geo_areas') -%}
        {%- do types.update({column: 'any'}) -%}
    {%- endfor -%}
    {%- if name not in types -%}
        {%- do problems.append(
            where ~ ' names `' ~ name ~ '`, which is no column of customer_features: take one of '
            ~ strate.alike(name, types.keys() | list) | join(', ') ~ '.'
        ) -%}
        {{- return('false') -}}
    {%- endif -%}
    {%- do leaves.append({'column': name}) -%}
    {%- set column = 'features.' ~ name -%}
    {%- if wanted is none -%}
        {{- return(column ~ ' is null') -}}
    {%- endif -%}

    {%- set comparisons = strate.comparisons(wanted) if wanted is string and types[name] in ['number', 'any'] else none -%}
    {%- set values = wanted if wanted is sequence and wanted is not string and wanted is not mapping else [wanted] -%}
    {%- set found = [] -%}
    {%- for value in values -%}
        {%- if value is boolean -%}
            {%- do found.append('boolean') -%}
        {%- elif value is number or comparisons -%}
            {%- do found.append('number') -%}
        {%- else -%}
            {%- do found.append('text' if value is string else 'none') -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set type = found[0] if types[name] == 'any' and found else types[name] -%}
    {%- if not values or type == 'none' or found | reject('equalto', type) | list -%}
        {%- do problems.append(
            where ~ ' wants `' ~ name ~ '` to be ' ~ wanted | tojson ~ ': write ' ~ {
                'number': 'a number, a list of numbers, or comparisons such as ">= 100 and < 500"',
                'text': 'a text or a list of texts, in quotes where YAML reads another thing (NO, on, 75)',
                'boolean': 'true or false',
            }.get(type, 'a value or a list of values of one type') ~ '.'
        ) -%}
        {{- return('false') -}}
    {%- endif -%}

    {%- set as_text = 'cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- if types[name] == 'any' -%}
        {%- set column = {
            'number': strate.parse_number(as_text), 'boolean': strate.parse_boolean(as_text), 'text': as_text,
        }[type] -%}
    {%- endif -%}
    {%- set parts = [] -%}
    {%- for comparison in comparisons or [] -%}
        {%- do parts.append(column ~ ' ' ~ comparison) -%}
    {%- endfor -%}
    {%- if not comparisons -%}
        {%- set literals = strate.text_list(values) if type == 'text' else values | map('string') | map('lower') | join(', ') -%}
        {%- do parts.append(column ~ ' in (' ~ literals ~ ')') -%}
    {%- endif -%}
    {{- return('coalesce(' ~ parts | join(' and ') ~ ', false)') -}}
{% endmacro %}
