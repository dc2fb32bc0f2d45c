{#-
    What reasons of a target are looked for among: its `model_version`, and the `features`, the most important first, each
    with its `name` and its typical value as SQL. Nothing as long as nothing was learned.
-#}
{% macro reason_features(propensity_fit, rows_relation, target) %}
    {%- set found = {'model_version': none, 'features': []} -%}
    {%- if execute and load_relation(propensity_fit) is not none -%}
        {%- set used, ranks, typical = [], {}, {} -%}
        {%- for record_type, name, parameter, value, detail, model_version in run_query(
            "select record_type, name, parameter, value, detail, model_version from " ~ propensity_fit
            ~ " where target = '" ~ target ~ "' and ((record_type = 'model' and name = 'features')"
            ~ " or (record_type = 'feature' and parameter in ('typical', 'importance_rank')))"
        ).rows -%}
            {%- if record_type == 'model' -%}
                {%- do used.extend(fromjson(detail)) -%}
                {%- do found.update({'model_version': model_version}) -%}
            {%- elif parameter == 'typical' -%}
                {%- do typical.update({name: value if detail is none else detail}) -%}
            {%- else -%}
                {%- do ranks.update({name: value | int}) -%}
            {%- endif -%}
        {%- endfor -%}
        {%- set booleans = [] -%}
        {%- for column in adapter.get_columns_in_relation(rows_relation) if column.dtype | lower in ['boolean', 'bool'] -%}
            {%- do booleans.append(column.name) -%}
        {%- endfor -%}
        {%- set places = [] -%}
        {%- for name in used -%}
            {%- do places.append({'name': name, 'rank': ranks.get(name, 1000 + loop.index)}) -%}
        {%- endfor -%}
        {%- for name in (places | sort(attribute='rank') | map(attribute='name') | list)[:var('reason_features')] -%}
            {%- set value = typical.get(name) -%}
            {%- if value is none -%}
                {%- set sql = 'null' -%}
            {%- elif value is string and name in booleans -%}
                {%- set sql = value | lower -%}
            {%- elif value is string -%}
                {%- set sql = dbt.string_literal(dbt.escape_single_quotes(value)) -%}
            {%- else -%}
                {%- set sql = 'cast(' ~ value ~ ' as ' ~ strate.type_double() ~ ')' -%}
            {%- endif -%}
            {%- do found.features.append({'name': name, 'typical': sql}) -%}
        {%- endfor -%}
    {%- endif -%}
    {{- return(found) -}}
{% endmacro %}
