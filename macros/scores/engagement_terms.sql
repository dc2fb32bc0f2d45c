{#-
    What the engagement score is the sum of, as the var engagement_parts says: a list of columns with the SQL of what each
    adds, and the most that it can add. A part rises as x / (x + half), and is one half at `half`; what falls is
    half / (x + half). Who has no value has none of it. Parts of inputs that are off are left out, and the others weigh
    more. `inputs_on` are the names of the others.
-#}
{% macro engagement_terms(relation, inputs_on) %}
    {%- set inputs = {'purchases': 'erp_orders', 'engagement': 'tracking_events', 'campaigns': 'crm_campaign_events'} -%}
    {%- set left_out = [] -%}
    {%- for name, type, group, needed in strate.feature_columns() if group in inputs and inputs[group] not in inputs_on -%}
        {%- do left_out.append(name) -%}
    {%- endfor -%}
    {%- set used, weights = [], [] -%}
    {%- for name, part in var('engagement_parts').items() if name not in left_out and part.weight > 0 -%}
        {%- do used.append((name, part)) -%}
        {%- do weights.append(part.weight) -%}
    {%- endfor -%}
    {%- set terms = [] -%}
    {%- for name, part in used -%}
        {%- set value, half = relation ~ '.' ~ name, 'cast(' ~ part.half ~ ' as ' ~ strate.type_double() ~ ')' -%}
        {%- set falls = part.get('falls', false) -%}
        {%- do terms.append({
            'name': name,
            'most': part.weight / (weights | sum),
            'sql': part.weight ~ ' * case when ' ~ value ~ (' <= 0 then 1 when ' ~ value if falls else '') ~ ' > 0 then '
                ~ (half if falls else value) ~ ' / (' ~ value ~ ' + ' ~ half ~ ') else 0 end / ' ~ (weights | sum),
        }) -%}
    {%- endfor -%}
    {{- return(terms) -}}
{% endmacro %}
