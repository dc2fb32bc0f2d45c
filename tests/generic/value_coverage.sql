{#-
    Gate on `customer_values`: every customer of `customers` who may be profiled has one row, and nobody else; whoever has
    bought has a score, and its parts are possible.
-#}
{% test value_coverage(model, customers) %}
with

scored as (
    select
        customer_id,
        count(*) as row_count,
        min(
            case
                when method = 'none' and expected_revenue is null then 1
                when
                    expected_revenue >= 0
                    and value_percentile between 1 and 100
                    and value_decile between 1 and 10
                    and coalesce(probability_alive, 0) between 0 and 1
                    and coalesce(expected_purchases, 0) >= 0
                    and coalesce(expected_purchase_value, 0) >= 0
                    then 1
                else 0
            end
        ) as is_possible
    from {{ model }}
    group by customer_id
),

compared as (
    select
        coalesce(customers.customer_id, scored.customer_id) as customer_id,
        case
            when customers.customer_id is null then ' is not in customers, or may not be profiled, but has a value score'
            when scored.customer_id is null then ' has no value score'
            when scored.row_count > 1 then ' has more than one value score'
            when scored.is_possible = 0 then ' has a value score that is missing or impossible'
        end as problem
    from (select customer_id from {{ customers }} where may_be_profiled) as customers
    full outer join scored
        on customers.customer_id = scored.customer_id
)

select
    customer_id,
    'customer ' || customer_id || problem as message
from compared
where problem is not null
{% endtest %}
