"""Customers with something to fill, a piece at a time: all of them need not fit in memory."""

from collections.abc import Iterator

import duckdb
import pandas as pd


def read_in_pieces(rows: duckdb.DuckDBPyRelation, size: int = 50_000) -> Iterator[pd.DataFrame]:
    """Read the rows that miss a value, always in the same order.

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        With the columns `customer_id`, `as_of_date` and `is_wanted`.
    size : int
        Rows of a piece, about.

    Yields
    ------
    pandas.DataFrame
        All columns, sorted by date and customer.
    """
    for batch in rows.filter("is_wanted").order("as_of_date, customer_id").to_arrow_reader(size):
        yield batch.to_pandas()
