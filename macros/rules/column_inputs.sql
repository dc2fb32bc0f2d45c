{#- The inputs without which a column of customer_features is null throughout. -#}
{% macro column_inputs(name) %}
    {%- set of_groups = {
        'purchases': ['erp_orders'],
        'engagement': ['tracking_events'],
        'campaigns': ['crm_campaign_events'],
    } -%}
    {%- set of_columns = {
        'age_years': ['crm_customers'],
        'age_band': ['crm_customers'],
        'gender': ['crm_customers'],
        'family_status': ['crm_customers'],
        'household_size': ['crm_customers'],
        'annual_income': ['crm_customers'],
        'region': ['crm_customers', 'geo_areas'],
        'area_type': ['crm_customers', 'geo_areas'],
        'area_median_income': ['crm_customers', 'geo_areas'],
        'days_since_registered': ['crm_customers'],
        'has_marketing_consent': ['crm_consents'],
        'category_entropy': ['erp_orders', 'erp_products'],
        'favourite_category': ['erp_orders', 'erp_products'],
        'favourite_category_share': ['erp_orders', 'erp_products'],
    } -%}
    {%- for column, type, group, inputs in strate.feature_columns() if column == name -%}
        {%- if name.startswith('survey_') or name.startswith('topic_') -%}
            {{- return(['survey_responses']) -}}
        {%- endif -%}
        {{- return(inputs or of_columns.get(name) or of_groups.get(group, [])) -}}
    {%- endfor -%}
    {%- if name in strate.extra_columns('geo_areas') -%}
        {{- return(['crm_customers', 'geo_areas']) -}}
    {%- endif -%}
    {{- return(['crm_customers']) -}}
{% endmacro %}
