{#-
    What is wrong with the var extra_columns as to persons: its columns become features, which everybody may read. A column
    whose name is that of personal data is refused unless the var not_personal_columns has it; one that the model behind
    the input tags with `meta: {pii: ...}` is refused in any case.
-#}
{% macro personal_column_problems() %}
    {%- set parts = 'email|e_mail|mail|phone|telephone|mobile|msisdn|name|firstname|lastname|surname|fullname|birth|birthday'
        ~ '|birthdate|dob|address|street|postcode|zip|zipcode|city|iban|bic|ssn|passport|ip|login|username|latitude|longitude' -%}
    {%- set nodes = graph.nodes.values() if execute else [] -%}
    {%- set problems = [] -%}
    {%- for input in var('extra_columns') or {} -%}
        {#- Outside the loop, so that dbt sees the ref() in it while it parses. -#}
        {%- set relation = var(input, none) | string | trim -%}
        {%- set tagged = [] -%}
        {%- for node in nodes if node.get('relation_name') and node.relation_name == relation -%}
            {%- for name, column in node.columns.items() if column.get('config', {}).get('meta', {}).get('pii') or column.meta.get('pii') -%}
                {%- do tagged.append(name | lower) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for name in strate.extra_columns(input) -%}
            {%- if name in tagged -%}
                {%- do problems.append(
                    'var `extra_columns` names `' ~ name ~ '` of `' ~ input ~ '`, which is tagged as personal data (meta pii) in'
                    ~ ' the model behind it: a feature is for everybody, so take it off that list.'
                ) -%}
            {#- A column of the contract is refused already, under that name. -#}
            {%- elif modules.re.search('(^|_)(' ~ parts ~ ')(_|$)', name)
                and name not in var('not_personal_columns')
                and name not in strate.input_contract()[input].columns | map('first') | list -%}
                {%- do problems.append(
                    'var `extra_columns` names `' ~ name ~ '` of `' ~ input ~ '`, which sounds like personal data: take it off'
                    ~ ' that list, or name it in the var `not_personal_columns` if it tells nothing of a person.'
                ) -%}
            {%- endif -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(problems) -}}
{% endmacro %}
