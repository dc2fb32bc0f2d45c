{#- The comparisons of a text such as '>= 100 and < 500', each as operator and number; none where it is not made of them. -#}
{% macro comparisons(text) %}
    {%- set found = [] -%}
    {%- for part in text.split(' and ') -%}
        {%- set match = modules.re.match('^\s*(<=|>=|<>|=|<|>)\s*(-?[0-9]+(?:\.[0-9]+)?)\s*$', part) -%}
        {%- if not match -%}
            {{- return(none) -}}
        {%- endif -%}
        {%- do found.append(match.group(1) ~ ' ' ~ match.group(2)) -%}
    {%- endfor -%}
    {{- return(found) -}}
{% endmacro %}
