"""Who moved between two dates, and why."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd


def dates_of_moves(connection: duckdb.DuckDBPyConnection, segmentation: str) -> list[tuple[date, date]]:
    """Return each date with the one before it, latest first."""
    return connection.execute(
        """
        select distinct to_date, from_date from segment_transitions
        where segmentation = $segmentation and from_date is not null
        order by to_date desc
        """,
        {"segmentation": segmentation},
    ).fetchall()


def balance(connection: duckdb.DuckDBPyConnection, segmentation: str, to_date: date) -> pd.DataFrame:
    """Return, for each segment between two dates, how many there were, came, went and are there."""
    return connection.execute(
        """
        with moves as (
            select from_segment_key, to_segment_key, customer_count
            from segment_transitions
            where segmentation = $segmentation and to_date = $to_date and from_date is not null
        ),

        sides as (
            select
                from_segment_key as segment_key, customer_count as before,
                if(from_segment_key <> to_segment_key, customer_count, 0) as went, 0 as came, 0 as after
            from moves
            union all
            select
                to_segment_key, 0, 0, if(from_segment_key <> to_segment_key, customer_count, 0), customer_count
            from moves
        )

        select
            segment_key, sum(before)::bigint as before, sum(came)::bigint as came, sum(went)::bigint as went,
            sum(after)::bigint as after
        from sides
        where segment_key not in ('entered', 'left')
        group by segment_key
        order by segment_key
        """,
        {"segmentation": segmentation, "to_date": to_date},
    ).df()


_CHOSEN = """
    segmentation = $segmentation and as_of_date = $to_date
    and ($from_key is null or from_segment_key = $from_key) and ($to_key is null or to_segment_key = $to_key)
"""


def causes(
    connection: duckdb.DuckDBPyConnection, segmentation: str, to_date: date, from_key: str | None, to_key: str | None
) -> pd.DataFrame:
    """Return how many moved for which cause and measure, and its medians at both dates; most first."""
    return connection.execute(
        f"""
        select
            cause, measure, count(*) as customer_count,
            sum(if(value_now > value_then, 1, 0))::bigint as rose,
            median(value_then) as value_then, median(value_now) as value_now
        from segment_moves
        where {_CHOSEN}
        group by cause, measure
        order by customer_count desc, cause, measure
        """,
        {"segmentation": segmentation, "to_date": to_date, "from_key": from_key, "to_key": to_key},
    ).df()


def examples(
    connection: duckdb.DuckDBPyConnection, segmentation: str, to_date: date, from_key: str | None, to_key: str | None
) -> list[tuple[str, int]]:
    """Return the most frequent sentences of moves, and how many customers each is told of."""
    return connection.execute(
        f"""
        select sentence, count(*) as customer_count
        from segment_moves
        where {_CHOSEN} and sentence is not null
        group by sentence
        order by customer_count desc, sentence
        limit 20
        """,
        {"segmentation": segmentation, "to_date": to_date, "from_key": from_key, "to_key": to_key},
    ).fetchall()
