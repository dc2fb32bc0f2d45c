{#-
    How engaged a customer is, 0 to 1, from columns of customer_features: the weighted mean of parts that lie between 0
    and 1 each, as the var engagement_parts says. A part rises as x / (x + half), and is one half at `half`; what falls is
    half / (x + half). Who has no value has none of it. Parts of inputs that are off are left out, and the others weigh
    more; null where none is left. `inputs_on` are the names of the others.
-#}
{% macro engagement_score(relation, inputs_on) -%}
    {%- set inputs = {'purchases': 'erp_orders', 'engagement': 'tracking_events', 'campaigns': 'crm_campaign_events'} -%}
    {%- set left_out = [] -%}
    {%- for name, type, group, needed in strate.feature_columns() if group in inputs and inputs[group] not in inputs_on -%}
        {%- do left_out.append(name) -%}
    {%- endfor -%}
    {%- set parts, weights = [], [] -%}
    {%- for name, part in var('engagement_parts').items() if name not in left_out and part.weight > 0 -%}
        {%- set value, half = relation ~ '.' ~ name, 'cast(' ~ part.half ~ ' as ' ~ strate.type_double() ~ ')' -%}
        {%- set falls = part.get('falls', false) -%}
        {%- do weights.append(part.weight) -%}
        {%- do parts.append(
            part.weight ~ ' * case when ' ~ value ~ (' <= 0 then 1 when ' ~ value if falls else '') ~ ' > 0 then '
            ~ (half if falls else value) ~ ' / (' ~ value ~ ' + ' ~ half ~ ') else 0 end'
        ) -%}
    {%- endfor -%}
    {%- if parts -%}
    ({{ parts | join('\n        + ') }}) / {{ weights | sum }}
    {%- else -%}
    null
    {%- endif -%}
{%- endmacro %}
