{#-
    The account that a row belongs to, such as erp:E1, crm:C1 or email:a@b.example: the first identifier that is there.
    Null for a row that names nobody, such as a sale at the till, or only a value of the var identity_blocked_values.
-#}
{% macro account_key(erp_customer_id='null', crm_customer_id='null', email='null', phone='null') -%}
    coalesce(
        'erp:' || {{ erp_customer_id }},
        'crm:' || {{ crm_customer_id }},
        'email:' || {{ strate.unless_blocked(email) }},
        'phone:' || {{ strate.unless_blocked(phone) }}
    )
{%- endmacro %}
