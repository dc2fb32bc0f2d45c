{#-
    The attributes of the golden record, as dicts: name, rule (of the var survivorship) and sources, the systems whose rows
    may have it.
-#}
{% macro golden_attributes() %}
    {%- set names = [
        'first_name', 'last_name', 'birth_date', 'gender', 'family_status', 'household_size', 'annual_income',
        'postal_code', 'city', 'email', 'phone', 'country_code',
    ] + strate.extra_columns('crm_customers') -%}
    {%- set rules = var('survivorship') if var('survivorship') is mapping else {} -%}
    {%- set attributes = [] -%}
    {%- for name in names -%}
        {%- do attributes.append({
            'name': name,
            'rule': rules.get(name, rules.get('default', 'most_recent')),
            'sources': ['crm', 'erp'] if name in ['email', 'phone', 'country_code'] else ['crm'],
        }) -%}
    {%- endfor -%}
    {{- return(attributes) -}}
{% endmacro %}
