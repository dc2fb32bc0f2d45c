{#-
    The columns of customer_features that scores read, each once: the features of the models, what simple rules count by,
    and the parts of the engagement score.
-#}
{% macro score_columns() %}
    {%- set columns = [
        'recency_days', 'days_since_first_order', 'order_count', 'order_count_365_days', 'revenue',
        'campaign_sent_count', 'campaign_clicked_count', 'days_since_last_campaign_click',
    ] -%}
    {%- do columns.extend(var('value_features')) -%}
    {%- do columns.extend(var('propensity_features')) -%}
    {%- do columns.extend(var('propensity_categories')) -%}
    {%- do columns.extend(var('engagement_parts')) -%}
    {{- return(columns | unique | list) -}}
{% endmacro %}
