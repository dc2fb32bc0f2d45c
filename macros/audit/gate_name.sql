{#- What a gate is called: the generic test's name, or the singular test's without assert_. -#}
{% macro gate_name(node) %}
    {{- return(node.test_metadata.name if node.test_metadata else modules.re.sub('^assert_', '', node.name)) -}}
{% endmacro %}
