{#-
    Gate on marts of scores: at the date that is built every customer of `customers` who may be profiled has one row, and nobody
    else; in each row the condition `possible` holds, as SQL over the mart's columns.
-#}
{% test score_coverage(model, customers, as_of_dates, possible) %}
with

latest as (
    select as_of_date from {{ as_of_dates }}
    where is_latest
),

scored as (
    select
        scores.customer_id,
        count(*) as row_count,
        min(case when {{ possible }} then 1 else 0 end) as is_possible
    from {{ model }} as scores
    inner join latest
        on scores.as_of_date = latest.as_of_date
    group by scores.customer_id
),

compared as (
    select
        coalesce(customers.customer_id, scored.customer_id) as customer_id,
        case
            when customers.customer_id is null then ' is not in customers, or may not be profiled, but is in '
            when scored.customer_id is null then ' is not in '
            when scored.row_count > 1 then ' has more than one row in '
            when scored.is_possible = 0 then ' has a score that is missing or impossible in '
        end as problem
    from (select customer_id from {{ customers }} where may_be_profiled) as customers
    full outer join scored
        on customers.customer_id = scored.customer_id
)

select
    customer_id,
    'customer ' || customer_id || problem || '{{ model.identifier }}' as message
from compared
where problem is not null
{% endtest %}
