"""Answers in words, a piece at a time: all of them need not fit in memory."""

from collections.abc import Iterator

import duckdb
import pandas as pd


def read_in_pieces(answers: duckdb.DuckDBPyRelation, rows: int = 50_000) -> Iterator[pd.DataFrame]:
    """Read answers in words, always in the same order.

    Parameters
    ----------
    answers : duckdb.DuckDBPyRelation
        With the columns `as_of_date`, `customer_id` and `answer_text`; rows without words are passed over.
    rows : int
        Rows of a piece, about.

    Yields
    ------
    pandas.DataFrame
        These columns, sorted by all of them.
    """
    # Not by date first: what was said before all dates is in one piece, and taken apart once.
    columns = "customer_id, answer_text, as_of_date"
    in_words = answers.filter("answer_text is not null").project(columns).order(columns)
    for batch in in_words.to_arrow_reader(rows):
        yield batch.to_pandas()
