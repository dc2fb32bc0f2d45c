{#-
    A value of a feature in words: `3`, `17 %`, `never bought`, `female`. `value` is SQL, of a text or boolean where the
    feature is one of propensity_categories, else of a number.
-#}
{% macro readable_feature(feature, value) -%}
    {%- set label = strate.feature_label(feature) -%}
    {%- if feature in var('propensity_categories') -%}
        {%- set readable = 'cast(' ~ value ~ ' as ' ~ dbt.type_string() ~ ')' -%}
    {%- else -%}
        {%- set readable = strate.readable_value(value, "'" ~ label.kind ~ "'") -%}
    {%- endif -%}
    case when {{ value }} is null then '{{ label.missing[0] if label.missing else "unknown" }}' else {{ readable }} end
{%- endmacro %}
