with

lines as (
    select * from {{ source('online_retail', 'online_retail_II_2009_2010') }}
)

select
    source_row as order_line_id,
    Invoice as order_id,
    StockCode as product_id,
    Quantity as quantity,
    Price as unit_price,
    InvoiceDate as booked_at
from lines
