{#- The inputs that are off and that a rule reads: without them its columns are null throughout, its events missing. -#}
{% macro missing_inputs(rule) %}
    {%- set missing = [] -%}
    {%- for leaf in rule.leaves or [] -%}
        {%- set inputs = [strate.rule_events()[leaf.event].input] if leaf.event else strate.column_inputs(leaf.column) -%}
        {%- for input in inputs if input not in missing and not strate.is_on(input) -%}
            {%- do missing.append(input) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(missing) -}}
{% endmacro %}
