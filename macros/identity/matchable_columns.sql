{#- Columns of the CRM's customers that matching can compare. -#}
{% macro matchable_columns() %}
    {{- return([
        'first_name', 'last_name', 'birth_date', 'email', 'phone', 'postal_code', 'city', 'gender', 'country_code',
    ] + strate.extra_columns('crm_customers')) -}}
{% endmacro %}
