with

lines as (
    select * from {{ source('online_retail', 'online_retail_II_2009_2010') }}
)

-- 41 invoices run over the turn of a minute: the order is placed when its first line is written.
select
    Invoice as order_id,
    min(InvoiceDate) as ordered_at,
    max(CustomerID) as erp_customer_id,
    max(Country) as country
from lines
group by Invoice
