{#-
    When a usable decision of base_crm__consents gave way to a newer one of its account, purpose and channel; null for
    the one in force, which has to stay: without a refusal the default would hold.
-#}
{% macro replaced_at() -%}
    case
        when reject_reason is null
            then lag(decided_at) over (
                partition by
                    crm_customer_id, purpose, coalesce(channel, 'all'), case when reject_reason is null then 1 else 0 end
                order by {{ newest_decision_first() }}
            )
    end
{%- endmacro %}
