"""Online Retail: days with a purchase, returns left out."""

from pathlib import Path

import duckdb
import pandas as pd

FILE = "online_retail/online_retail_II_2009_2010.parquet"


def purchase_days(data: Path) -> pd.DataFrame:
    """Return `customer_id`, `date` and `amount` of each day with a sale to a known customer."""
    with duckdb.connect() as connection:
        return connection.execute(
            f"""
            select
                cast(CustomerID as varchar) as customer_id,
                cast(InvoiceDate as date)::timestamp as date,
                sum(Quantity * Price)::double as amount
            from '{data / FILE}'
            where CustomerID is not null and Quantity > 0 and Price > 0 and Invoice not like 'C%'
            group by all order by all
            """
        ).df()
