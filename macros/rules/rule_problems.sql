{#- What is wrong with the var segment_rules, each problem one sentence that names the rule and the mend. -#}
{% macro rule_problems() %}
    {%- if var('segment_rules') and var('segment_rules') is not mapping -%}
        {{- return(['var `segment_rules` must be a mapping: the key of each segment, and below it its rule.']) -}}
    {%- endif -%}
    {%- set problems = [] -%}
    {%- set seen = {} -%}
    {%- for rule in strate.declared_rules() -%}
        {%- do problems.extend(rule.problems) -%}
        {%- set place = rule.segmentation ~ ' ' ~ rule.priority -%}
        {%- if rule.is_exclusive and place in seen -%}
            {%- do problems.append(
                'var `segment_rules`: rules `' ~ seen[place] ~ '` and `' ~ rule.key ~ '` of `' ~ rule.segmentation
                ~ '` have the same priority: give each its own; the smaller goes first.'
            ) -%}
        {%- endif -%}
        {%- do seen.update({place: rule.key}) -%}
    {%- endfor -%}
    {{- return(problems) -}}
{% endmacro %}
