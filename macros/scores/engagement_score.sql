{#- How engaged a customer is, 0 to 1: the sum of engagement_terms; null where there are none. -#}
{% macro engagement_score(relation, inputs_on) -%}
    {%- set terms = strate.engagement_terms(relation, inputs_on) -%}
    {{ terms | map(attribute='sql') | join('\n        + ') if terms else 'null' }}
{%- endmacro %}
