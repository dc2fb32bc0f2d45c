{#- The declared rules as a select with a row each, and as none where there are no rules. -#}
{% macro rule_definitions() %}
    {%- set text = dbt.type_string() -%}
    {%- set rules = strate.declared_rules() -%}
    {%- for rule in rules or [{}] %}
    {%- set missing_inputs = strate.missing_inputs(rule) %}
    select
        {%- for column in ['key', 'segmentation', 'name', 'description', 'condition', 'owner'] %}
        cast({{ strate.text_list([rule.get(column)]) }} as {{ text }}) as {{ 'segment_key' if column == 'key' else column }},
        {%- endfor %}
        {{ 'true' if rule.is_exclusive else 'false' }} as is_exclusive,
        cast({{ rule.priority or 'null' }} as {{ dbt.type_bigint() }}) as priority,
        cast({{ strate.text_list([rule.valid_from]) if rule.valid_from else 'null' }} as date) as valid_from,
        cast({{ strate.text_list([rule.valid_to]) if rule.valid_to else 'null' }} as date) as valid_to,
        cast({{ 'null' if rule.min_customers is none or not rule else rule.min_customers }} as {{ dbt.type_bigint() }}) as min_customers,
        cast({{ strate.text_list([missing_inputs | join(', ') or none]) }} as {{ text }}) as missing_inputs
    {%- if not rules %}
    where 1 = 0
    {%- elif not loop.last %}
    union all
    {%- endif %}
    {%- endfor %}
{% endmacro %}
