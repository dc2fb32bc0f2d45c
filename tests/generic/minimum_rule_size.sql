{#- Gate on `segment_rules`: no active rule has fewer customers than its min_customers. -#}
{% test minimum_rule_size(model) %}
select
    segment_key,
    customer_count,
    segment_key || ' (' || segment_name || ') has ' || cast(customer_count as {{ dbt.type_string() }})
    || ' customers, fewer than its min_customers = ' || cast(min_customers as {{ dbt.type_string() }}) as message
from {{ model }}
where
    state = 'active'
    and customer_count < min_customers
{% endtest %}
