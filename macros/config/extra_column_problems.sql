{#- What is wrong with the var extra_columns, each problem one sentence with the mend. -#}
{% macro extra_column_problems() %}
    {#- Every one widens each row of customer_features, at each of its dates. -#}
    {%- set most = 1000 -%}
    {%- set with_extras = ['crm_customers', 'geo_areas'] -%}
    {#- Words that no engine takes as the bare name of a column, and names that staging and features use on the way. -#}
    {%- set reserved = 'all and any as asc between by case cast check collate column constraint create cross default desc distinct do'
        ~ ' else end except exists false fetch for foreign from full grant group having in inner intersect into is join leading'
        ~ ' left like limit natural not null offset on or order outer primary references right select set some table then to'
        ~ ' trailing true union unique using when where window with' -%}
    {%- set internal = 'customer_id as_of_date as_of_end account_key account_type account_count area_id country_code dial_code'
        ~ ' given_birth_date given_country given_email given_phone is_test known_at phone_digits reject_reason registered_at'
        ~ ' sample_number trunk_prefix source_system statement_number unusable_fields version_count'
        ~ ' version_number' -%}
    {%- set taken = internal.split(' ') -%}
    {%- for name, type, group, inputs in strate.feature_columns() -%}
        {%- do taken.append(name) -%}
    {%- endfor -%}
    {%- for input in with_extras -%}
        {%- do taken.extend(strate.input_contract()[input].columns | map('first')) -%}
    {%- endfor -%}
    {%- set problems = [] -%}
    {%- for input in var('extra_columns') or {} -%}
        {%- set names = strate.extra_columns(input) -%}
        {%- if input not in with_extras -%}
            {%- do problems.append(
                'var `extra_columns` names `' ~ input ~ '`: only ' ~ with_extras | join(' and ')
                ~ ' have one row for a customer to take a feature from.'
            ) -%}
        {%- elif names | length > most -%}
            {%- do problems.append(
                'var `extra_columns` names ' ~ names | length ~ ' columns of `' ~ input ~ '`: name at most ' ~ most
                ~ ', those that are to be features.'
            ) -%}
        {%- else -%}
            {%- for name in names -%}
                {%- if not modules.re.match('^[a-z_][a-z0-9_]*$', name) or name in reserved.split(' ') -%}
                    {%- do problems.append(
                        'var `extra_columns` names `' ~ name ~ '` of `' ~ input
                        ~ '`, which SQL cannot read as a name: rename the column in a model between your table and Strate.'
                    ) -%}
                {%- elif name in taken -%}
                    {%- do problems.append(
                        'var `extra_columns` names `' ~ name ~ '` of `' ~ input ~ '`, a name that Strate uses itself or that comes'
                        ~ ' twice: rename the column in a model between your table and Strate, or take it off that list.'
                    ) -%}
                {%- endif -%}
                {%- do taken.append(name) -%}
            {%- endfor -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(problems) -}}
{% endmacro %}
