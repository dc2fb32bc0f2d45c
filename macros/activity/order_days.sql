{#-
    Query of one row per order and day on which lines of it were booked, of accounts that are known; `order_lines` names
    int_activity__order_lines or a CTE of it. Who looks at orders from several dates starts here: lines are several times
    more.
-#}
{% macro order_days(order_lines) -%}
    select
        account_key,
        order_id,
        order_date,
        cancelled_at,
        cast(booked_at as date) as booked_date,
        sum(gross_amount) as gross_amount,
        sum(discount_amount) as discount_amount,
        sum(returned_amount) as returned_amount,
        sum(gross_amount - discount_amount - returned_amount) as net_amount,
        -- Exact, as money is: what is sold by weight would add up differently with the order of rows.
        sum(cast(case when quantity > 0 then quantity else 0 end as decimal(18, 6))) as item_count
    from {{ order_lines }}
    where account_key is not null
    group by account_key, order_id, order_date, cancelled_at, cast(booked_at as date)
{%- endmacro %}
