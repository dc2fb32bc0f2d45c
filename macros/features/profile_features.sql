{#- The var profile_features without the scores of survey dimensions that are not asked for. -#}
{% macro profile_features() %}
    {%- set features = [] -%}
    {%- for feature in var('profile_features') -%}
        {%- set dimension = feature | replace('survey_', '') | replace('_score', '') -%}
        {%- if feature != 'survey_' ~ dimension ~ '_score' or dimension in var('survey_dimensions') -%}
            {%- do features.append(feature) -%}
        {%- endif -%}
    {%- endfor -%}
    {{- return(features) -}}
{% endmacro %}
