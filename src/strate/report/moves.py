"""Customers' moves between the two latest dates of each segmentation, as `segment_transitions` has them."""

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


def read_moves(connection: duckdb.DuckDBPyConnection) -> list[Move]:
    """Return the moves to each segmentation's latest date; none for one that has a single date."""
    rows = connection.execute(
        """
        select segmentation, from_date, to_date, from_segment_key, to_segment_key, customer_count
        from segment_transitions as transitions
        where
            from_date is not null
            and to_date = (
                select max(to_date) from segment_transitions
                where segmentation = transitions.segmentation
            )
        order by segmentation, customer_count desc, from_segment_key, to_segment_key
        """
    ).fetchall()
    return [Move(*row) for row in rows]
