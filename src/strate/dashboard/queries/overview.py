"""What is new since the date before."""

from __future__ import annotations

from datetime import date

import duckdb


def movement_since(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, date, date, int, int, int, int]]:
    """Return, by segmentation, the two latest dates and how many came, went, moved and were there at both."""
    return connection.execute(
        """
        select
            segmentation,
            from_date,
            to_date,
            coalesce(sum(customer_count) filter (from_segment_key = 'entered'), 0)::bigint as came,
            coalesce(sum(customer_count) filter (to_segment_key = 'left'), 0)::bigint as went,
            coalesce(sum(customer_count) filter (
                from_segment_key not in ('entered', to_segment_key) and to_segment_key <> 'left'
            ), 0)::bigint as moved,
            coalesce(sum(customer_count) filter (from_segment_key <> 'entered' and to_segment_key <> 'left'), 0)::bigint
                as there_at_both
        from segment_transitions
        where from_date is not null and to_date = (select max(to_date) from segment_transitions)
        group by segmentation, from_date, to_date
        order by segmentation
        """
    ).fetchall()
