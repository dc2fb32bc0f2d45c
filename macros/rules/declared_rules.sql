{#-
    The rules of the var segment_rules, each as a dict: what was declared, with `segmentation`, `sql` (the condition),
    `leaves` (the columns and events that it reads) and `problems` (sentences) worked out.
-#}
{% macro declared_rules() %}
    {%- set fields = [
        'name', 'description', 'when', 'exclusive_in', 'priority', 'owner', 'valid_from', 'valid_to', 'min_customers',
    ] -%}
    {%- set rules = [] -%}
    {%- for key, given in (var('segment_rules') if var('segment_rules') is mapping else {}).items() -%}
        {%- set where = 'var `segment_rules`: rule `' ~ key ~ '`' -%}
        {%- set problems = [] -%}
        {%- set leaves = [] -%}
        {%- set declared = given if given is mapping else {} -%}
        {%- set segmentation = declared.get('exclusive_in') or 'rule' -%}
        {%- for field in declared if field not in fields -%}
            {%- do problems.append(
                where ~ ' has `' ~ field ~ '`, which no rule has: take one of '
                ~ strate.alike(field | string, fields) | join(', ') ~ '.'
            ) -%}
        {%- endfor -%}
        {%- for field in ['name', 'when'] if not declared.get(field) -%}
            {%- do problems.append(where ~ ' has no `' ~ field ~ '`: give it one.') -%}
        {%- endfor -%}
        {%- if not modules.re.match('^' ~ segmentation ~ '_[a-z0-9_]+$', key | string) -%}
            {%- do problems.append(
                where ~ ' is a segment of `' ~ segmentation ~ '`: begin its key with `' ~ segmentation
                ~ '_`, in lower case and without blanks.'
            ) -%}
        {%- endif -%}
        {%- set taken = ['rule'] + strate.base_segmentations() + (var('hybrid_segmentations') or {}) | list -%}
        {%- if 'exclusive_in' in declared
            and (segmentation in taken or not modules.re.match('^[a-z][a-z0-9_]*$', segmentation | string)) -%}
            {%- do problems.append(
                where ~ ' has `exclusive_in` ' ~ declared.exclusive_in | tojson ~ ': name a segmentation of your own, in lower case,'
                ~ ' that Strate does not make.'
            ) -%}
        {%- endif -%}
        {%- if 'exclusive_in' in declared and key == segmentation ~ '_rest' -%}
            {%- do problems.append(where ~ ' has the key of those for whom no rule holds: give it another.') -%}
        {%- endif -%}
        {%- for field in ['valid_from', 'valid_to'] if declared.get(field) is not none -%}
            {%- if not modules.re.match('^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$', declared[field] | string) -%}
                {%- do problems.append(where ~ ' has `' ~ field ~ '` ' ~ declared[field] ~ ': set it to a date such as "2025-12-31".') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if declared.get('valid_from') and declared.get('valid_to')
            and declared.valid_from | string > declared.valid_to | string -%}
            {%- do problems.append(where ~ ' is valid to ' ~ declared.valid_to ~ ', before it is valid from: turn them round.') -%}
        {%- endif -%}
        {%- for field, least in [('priority', 1), ('min_customers', 0)] if field in declared -%}
            {%- set value = declared[field] -%}
            {%- if value is not integer or value is boolean or value < least -%}
                {%- do problems.append(where ~ ' has `' ~ field ~ '` ' ~ value | tojson ~ ': set it to a whole number from ' ~ least ~ ' on.') -%}
            {%- endif -%}
        {%- endfor -%}
        {%- if 'exclusive_in' in declared and 'priority' not in declared -%}
            {%- do problems.append(where ~ ' is exclusive and has no `priority`: give it one; 1 comes first.') -%}
        {%- endif -%}
        {%- set sql = strate.condition_sql(declared.when, where, leaves, problems) if declared.get('when') else 'false' -%}
        {%- do rules.append({
            'key': key,
            'segmentation': segmentation,
            'is_exclusive': 'exclusive_in' in declared,
            'name': declared.get('name'),
            'description': declared.get('description'),
            'condition': tojson(declared.get('when')),
            'priority': declared.get('priority'),
            'owner': declared.get('owner'),
            'valid_from': declared.get('valid_from'),
            'valid_to': declared.get('valid_to'),
            'min_customers': declared.get('min_customers'),
            'sql': sql,
            'leaves': leaves,
            'problems': problems,
        }) -%}
    {%- endfor -%}
    {{- return(rules) -}}
{% endmacro %}
