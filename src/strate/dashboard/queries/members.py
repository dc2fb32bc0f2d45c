"""Who is in a segment: features of its members, a page at a time."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pandas as pd

ALWAYS = ("recency_days", "order_count", "revenue", "revenue_365_days", "session_count", "country_code")
PAGE_ROWS = 50


def shown_features(there: frozenset[str], strongest: Sequence[str]) -> list[str]:
    """Return the features to show: a few that always matter, and those in which the segment differs most."""
    names = [*ALWAYS, *(name for name in strongest if name not in ALWAYS)]
    return [name for name in names if name in there]


def members(
    connection: duckdb.DuckDBPyConnection,
    segmentation: str,
    segment_key: str,
    features: tuple[str, ...],
    sort: str,
    is_ascending: bool,
    page: int,
) -> pd.DataFrame:
    """Return one page of a segment's members as of the last date.

    Parameters
    ----------
    features : tuple of str
        Columns of customer_features.
    sort : str
        One of the features; unknown values come last, and equals in the order of their id.
    page : int
        From 1, `PAGE_ROWS` rows each.

    Raises
    ------
    ValueError
        If `sort` is none of the features.
    """
    if sort not in features:
        raise ValueError(f"sort must be one of {', '.join(features)}, not {sort!r}.")
    columns = ", ".join(_quoted(name) for name in ("customer_id", *features))
    return connection.execute(
        f"""
        select {columns}
        from customer_features
        where
            as_of_date = (select max(as_of_date) from customer_segments)
            and customer_id in (
                select customer_id from customer_segments
                where segmentation = $segmentation and segment_key = $segment_key
            )
        order by {_quoted(sort)} {"asc" if is_ascending else "desc"} nulls last, customer_id
        limit {PAGE_ROWS} offset $offset
        """,
        {"segmentation": segmentation, "segment_key": segment_key, "offset": (page - 1) * PAGE_ROWS},
    ).df()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
