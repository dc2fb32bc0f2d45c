"""What a segment did over time, from the table segment_performance."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import pandas as pd

STEPS = {"week": "By week", "month": "By month", "day": "By day"}
STEP_DAYS = {"week": "7", "month": "day(last_day(min(activity_date)))", "day": "1"}


@dataclass(frozen=True)
class Indicator:
    """What is told of a segment and a day.

    Attributes
    ----------
    label : str
        As people read it.
    kind : str
        count, money, minutes, share or number.
    sums : tuple of str
        The column that is added up, or the two whose sums are divided; none for a state, of which the last day counts.
    """

    label: str
    kind: str
    sums: tuple[str, ...] = ()


INDICATORS = {
    "customer_count": Indicator("Customers", "count"),
    "entry_count": Indicator("Customers who came in", "count", ("entry_count",)),
    "exit_count": Indicator("Customers who went out", "count", ("exit_count",)),
    "revenue": Indicator("Revenue", "money", ("revenue",)),
    "order_count": Indicator("Orders", "count", ("order_count",)),
    "average_order_value": Indicator("Average basket", "money", ("revenue", "order_count")),
    "conversion_rate": Indicator("Conversion rate", "share", ("converting_session_count", "session_count")),
    "session_count": Indicator("Visits", "count", ("session_count",)),
    "engaged_minutes": Indicator("Engaged minutes", "minutes", ("engaged_minutes",)),
    "engaged_minutes_per_session": Indicator(
        "Engaged minutes per visit", "number", ("engaged_minutes", "session_count")
    ),
    "open_rate": Indicator("Open rate", "share", ("opened_count", "sent_count")),
    "click_rate": Indicator("Click rate", "share", ("clicked_count", "sent_count")),
    "unsubscribe_rate": Indicator("Unsubscribe rate", "share", ("unsubscribed_count", "sent_count")),
    "feedback_score": Indicator("Feedback score", "number", ("feedback_sum", "answer_count")),
}
"""Indicators by their column, in the order in which they are offered."""


def known_indicators(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return the indicators of which something is known; those of an input that is off are not."""
    there = {name for name, *_ in connection.execute("describe segment_performance").fetchall()}
    names = [name for name in INDICATORS if name in there]
    counts = ", ".join(f"count({name})" for name in names)
    [row] = connection.execute(f"select {counts} from segment_performance").fetchall()
    return [name for name, known in zip(names, row, strict=True) if known]


def day_count(connection: duckdb.DuckDBPyConnection) -> int:
    """Return how many days of segments are known."""
    [(count,)] = connection.execute("select count(distinct activity_date) from segment_performance").fetchall()
    return count


def series(
    connection: duckdb.DuckDBPyConnection, segmentation: str, segment_key: str | None, indicator: str, step: str
) -> pd.DataFrame:
    """Return an indicator over time; weeks and months that are not over, or not from their start, are left out.

    Parameters
    ----------
    segmentation : str
    segment_key : str or None
        None for all segments of the segmentation together.
    indicator : str
        Key of `INDICATORS`.
    step : {'day', 'week', 'month'}

    Returns
    -------
    pandas.DataFrame
        `period` (its first day) and `value`, in order.
    """
    sums = INDICATORS[indicator].sums
    # Of a day whose rate is not known yet, what was sent must not count either.
    known = f"filter ({indicator} is not null)"
    parts = {name: f"sum({name}) {known if len(sums) == 2 else ''}" for name in sums or (indicator,)}
    columns = ", ".join(f"{expression} as {name}" for name, expression in parts.items())
    if not sums:
        value = f"max_by({indicator}, activity_date)"
    elif len(sums) == 1:
        value = f"sum({sums[0]})"
    else:
        value = f"sum({sums[0]}) / nullif(sum({sums[1]}), 0)"
    return connection.execute(
        f"""
        with days as (
            select activity_date, {columns}
            from segment_performance
            where segmentation = $segmentation and ($segment_key is null or segment_key = $segment_key)
            group by activity_date
        )
        select date_trunc('{step if step in STEPS else "day"}', activity_date)::date as period, {value}::double as value
        from days
        group by period
        having count(*) = {STEP_DAYS.get(step, "1")}
        order by period
        """,
        {"segmentation": segmentation, "segment_key": segment_key},
    ).df()
