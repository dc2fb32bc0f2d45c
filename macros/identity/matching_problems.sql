{#- What the vars of matching say that cannot work, a list of sentences. -#}
{% macro matching_problems() %}
    {%- set kinds = [
        'first_name', 'last_name', 'date', 'email', 'phone', 'code', 'text', 'identifier', 'category',
    ] -%}
    {%- set matchable = strate.matchable_columns() -%}
    {%- set fields = var('identity_match_fields') -%}
    {%- set problems = [] -%}
    {%- if fields is not mapping or not fields -%}
        {%- do problems.append(
            'var `identity_match_fields` is ' ~ fields | tojson ~ ': give columns and how they are compared, as in '
            ~ '{last_name: last_name, birth_date: date}.'
        ) -%}
        {{- return(problems) -}}
    {%- endif -%}
    {%- for name, kind in fields.items() -%}
        {%- if name not in matchable -%}
            {%- do problems.append(
                'var `identity_match_fields` names `' ~ name ~ '`: take one of '
                ~ strate.alike(name, matchable) | join(', ') ~ '.'
            ) -%}
        {%- elif kind not in kinds -%}
            {%- do problems.append(
                'var `identity_match_fields` compares `' ~ name ~ '` as ' ~ kind | tojson ~ ': take one of '
                ~ kinds | join(', ') ~ '.'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- set conflicts = var('identity_conflict_fields') -%}
    {%- if conflicts is string or conflicts | reject('in', fields.keys()) | list -%}
        {%- do problems.append(
            'var `identity_conflict_fields` is ' ~ conflicts | tojson ~ ': make it a list of '
            ~ fields.keys() | join(', ') ~ ', or [] for none.'
        ) -%}
    {%- endif -%}
    {%- set rules = var('identity_blocking_rules') -%}
    {%- set is_list = rules is iterable and rules is not string and rules is not mapping -%}
    {%- for rule in rules if is_list -%}
        {%- if rule is string or rule is not iterable or not rule or rule | reject('in', fields.keys()) | list -%}
            {%- do problems.append(
                'var `identity_blocking_rules` has ' ~ rule | tojson ~ ': make each rule a list of columns of '
                ~ '`identity_match_fields`, as in [last_name, birth_date].'
            ) -%}
        {%- endif -%}
    {%- endfor -%}
    {%- if not is_list -%}
        {%- do problems.append(
            'var `identity_blocking_rules` is ' ~ rules | tojson ~ ': make it a list of lists of columns, or [] for'
            ~ ' the rules that come with it.'
        ) -%}
    {%- endif -%}
    {{- return(problems) -}}
{% endmacro %}
