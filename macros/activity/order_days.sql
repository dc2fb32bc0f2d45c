{#-
    Query of one row per order and day on which lines of it were booked, of accounts that are known; `order_lines` names
    int_activity__order_lines or a CTE of it. Who looks at orders from several dates starts here: lines are several times
    more. With `products`, which names stg_erp__products, there is also the net amount of lines whose product has a cost,
    and what is left of it, both null where there is no such line. What comes back can be sold again.
-#}
{% macro order_days(order_lines, products=none) -%}
    {%- set net_amount = 'lines.gross_amount - lines.discount_amount - lines.returned_amount' -%}
    select
        lines.account_key,
        lines.order_id,
        lines.order_date,
        lines.cancelled_at,
        cast(lines.booked_at as date) as booked_date,
        sum(lines.gross_amount) as gross_amount,
        sum(lines.discount_amount) as discount_amount,
        sum(lines.returned_amount) as returned_amount,
        sum({{ net_amount }}) as net_amount,
        {%- if products %}
        sum(case when products.unit_cost is not null then {{ net_amount }} end) as costed_amount,
        sum({{ exact_number('(' ~ net_amount ~ ') - products.unit_cost * lines.quantity') }}) as margin,
        {%- endif %}
        -- Exact, as money is: what is sold by weight would add up differently with the order of rows.
        sum(cast(case when lines.quantity > 0 then lines.quantity else 0 end as decimal(18, 6))) as item_count
    from {{ order_lines }} as lines
    {%- if products %}
    left join {{ products }} as products
        on lines.product_id = products.product_id
    {%- endif %}
    where lines.account_key is not null
    group by lines.account_key, lines.order_id, lines.order_date, lines.cancelled_at, cast(lines.booked_at as date)
{%- endmacro %}
