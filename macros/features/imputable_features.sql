{#-
    The columns of customer_features that may be filled: attributes that everybody has, whether they are known or not. A
    count is never missing; of what follows from orders, visits and messages a null says that there were none; consent is
    given or it is not. By kind: `numbers` and `texts`.
-#}
{% macro imputable_features() %}
    {%- set numbers = ['age_years', 'household_size', 'annual_income', 'area_median_income'] -%}
    {%- for dimension in var('survey_dimensions') -%}
        {%- do numbers.append('survey_' ~ dimension ~ '_score') -%}
    {%- endfor -%}
    {{- return({'numbers': numbers, 'texts': ['gender', 'family_status', 'area_type']}) -}}
{% endmacro %}
