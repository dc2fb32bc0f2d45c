"""Customers' moves between two dates of each segmentation, as `segment_transitions` has them."""

from dataclasses import dataclass
from datetime import date

import duckdb

ENTERED, LEFT = "entered", "left"
"""What stands for a segment of those who were, or are, no customers."""


@dataclass(frozen=True)
class Move:
    """Customers who went from one segment to another between two dates, or stayed."""

    segmentation: str
    from_date: date
    to_date: date
    from_key: str
    to_key: str
    customer_count: int


def read_moves(connection: duckdb.DuckDBPyConnection, as_of_date: date | None) -> list[Move]:
    """Return the moves to a date from the one before; none of a segmentation that has no date before it."""
    rows = connection.execute(
        """
        select segmentation, from_date, to_date, from_segment_key, to_segment_key, customer_count
        from segment_transitions
        where from_date is not null and to_date = $date
        order by segmentation, customer_count desc, from_segment_key, to_segment_key
        """,
        {"date": as_of_date},
    ).fetchall()
    return [Move(*row) for row in rows]
