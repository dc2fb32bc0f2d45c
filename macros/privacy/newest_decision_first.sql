{#-
    Order of the decisions of one person, purpose and channel, the one in force first: of decisions at the same moment a
    refusal counts first, then the grant that ends first.
-#}
{% macro newest_decision_first() -%}
    decided_at desc, is_granted, case when expires_at is null then 1 else 0 end, expires_at, consent_id, legal_basis
{%- endmacro %}
