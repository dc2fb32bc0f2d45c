{#- The lines of stg_erp__order_lines; with `first_date` only those of orders from that date on, which costs far less. -#}
{% macro order_lines(first_date=none) -%}
    {{- strate.newest_versions(
        ref('base_erp__order_lines'),
        key='order_line_id',
        columns=[
            'order_line_id', 'order_id', 'order_date', 'product_id', 'quantity', 'unit_price', 'discount_amount',
            'booked_at', 'changed_at',
        ],
        order_by=[
            'changed_at desc', 'booked_at desc', 'order_id', 'product_id', 'quantity', 'unit_price', 'discount_amount',
        ],
        date_column='order_date',
        first_date=first_date,
    ) -}}
{%- endmacro %}
