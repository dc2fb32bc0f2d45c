{#- The lines of stg_erp__order_lines; with `first_date` only those of orders from that date on, which costs far less. -#}
{% macro order_lines(first_date=none) -%}
    {%- set base = ref('base_erp__order_lines') -%}
    {%- if first_date is not none -%}
        {%- set oldest_date = strate.oldest_version_date(base, 'order_line_id', 'order_date', 'order_date', first_date) -%}
        {%- set cut = 'order_date >= ' ~ oldest_date -%}
    select * from (
    {%- endif %}
    {{ strate.newest_versions(
        base,
        key='order_line_id',
        columns=[
            'order_line_id', 'order_id', 'order_date', 'product_id', 'quantity', 'unit_price', 'discount_amount',
            'booked_at', 'changed_at',
        ],
        order_by=[
            'changed_at desc', 'booked_at desc', 'order_id', 'product_id', 'quantity', 'unit_price', 'discount_amount',
        ],
        cut=cut,
    ) }}
    {%- if first_date is not none %}
    ) as order_lines
    where order_date >= {{ first_date }}
    {%- endif %}
{%- endmacro %}
