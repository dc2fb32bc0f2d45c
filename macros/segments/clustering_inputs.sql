{#-
    What a clustering reads of a customer: dictionaries of name, SQL and is_nominal. A numeric feature is read as it is. A
    nominal one becomes a column of 0 and 1 for each level that `clustering_nominal_features` names, such as
    gender_is_female; any other level, and none, is 0 in all of them.
-#}
{% macro clustering_inputs() %}
    {%- set inputs = [] -%}
    {%- for feature in var('clustering_features') -%}
        {%- do inputs.append({
            'name': feature,
            'sql': 'cast(' ~ feature ~ ' as ' ~ strate.type_double() ~ ')',
            'is_nominal': false,
        }) -%}
    {%- endfor -%}
    {%- for column, levels in var('clustering_nominal_features').items() -%}
        {%- for level in levels -%}
            {%- set value = level | string | lower if level is boolean else level | string -%}
            {%- set text = 'cast(' ~ column ~ ' as ' ~ dbt.type_string() ~ ')' -%}
            {%- set literal = "'" ~ dbt.escape_single_quotes(value) ~ "'" -%}
            {%- do inputs.append({
                'name': column ~ '_is_' ~ modules.re.sub('[^a-z0-9]+', '_', value | lower),
                'sql': 'cast(case when ' ~ text ~ ' = ' ~ literal ~ ' then 1 else 0 end as ' ~ strate.type_double() ~ ')',
                'is_nominal': true,
            }) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(inputs) -}}
{% endmacro %}
