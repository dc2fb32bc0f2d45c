"""Customers to be scored, a piece at a time: all of them need not fit in memory."""

from collections.abc import Iterator

import duckdb
import pandas as pd


def read_latest(rows: duckdb.DuckDBPyRelation, size: int = 50_000) -> Iterator[pd.DataFrame]:
    """Read the rows of the latest date, always in the same order.

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        With the columns `customer_id` and `is_latest`.
    size : int
        Rows of a piece, about.

    Yields
    ------
    pandas.DataFrame
        All columns, sorted by customer.
    """
    for batch in rows.filter("is_latest").order("customer_id").to_arrow_reader(size):
        yield batch.to_pandas()
