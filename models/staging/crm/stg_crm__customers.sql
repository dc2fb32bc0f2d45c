{{ config(materialized='view') }}

{{ newest_versions(
    ref('base_crm__customers'),
    key='crm_customer_id',
    columns=[
        'crm_customer_id', 'email', 'phone', 'user_id', 'first_name', 'last_name', 'birth_date', 'gender',
        'family_status', 'household_size', 'annual_income', 'postal_code', 'city', 'country_code', 'is_test',
        'created_at', 'updated_at', 'known_at', 'unusable_fields',
    ] + extra_columns('crm_customers'),
    order_by=[
        'known_at desc', 'updated_at desc', 'created_at', 'email', 'phone', 'user_id', 'last_name', 'first_name',
        'birth_date', 'gender', 'family_status', 'household_size', 'annual_income', 'postal_code', 'city',
        'country_code', 'is_test', 'unusable_fields',
    ] + extra_columns('crm_customers'),
) }}
