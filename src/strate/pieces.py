"""Rows of a relation a piece at a time: all of them need not fit in memory."""

from collections.abc import Iterator

import duckdb
import pandas as pd


def read_in_pieces(rows: duckdb.DuckDBPyRelation, order: str, size: int = 50_000) -> Iterator[pd.DataFrame]:
    """Read a relation, always in the same order.

    Parameters
    ----------
    rows : duckdb.DuckDBPyRelation
        What to read.
    order : str
        Columns to sort by, as SQL; together they tell each row from all others.
    size : int
        Rows of a piece, about.

    Yields
    ------
    pandas.DataFrame
        All columns.
    """
    for batch in rows.order(order).to_arrow_reader(size):
        yield batch.to_pandas()
