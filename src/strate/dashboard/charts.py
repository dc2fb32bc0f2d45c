"""Charts that the report has not: over time, with limits, and differences to both sides of zero."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from strate.report.charts import BLUE, MUTED, ORANGE, data, finish

FORMATS = {"count": ",.0f", "money": ",.0f", "minutes": ",.0f", "share": ".1~%", "number": ",.2f"}
"""How an axis tells the values of a kind of indicator."""


def over_time(
    rows: Sequence[Mapping[str, Any]],
    names: Sequence[str],
    kind: str,
    description: str,
    *,
    from_zero: bool = True,
    band: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Draw a line for each name over dates, the first one strong.

    Parameters
    ----------
    rows : sequence of mapping
        With `date` (ISO), `value`, `name` and `tip`.
    names : sequence of str
        At most two; the second is dashed and grey.
    kind : str
        Key of `FORMATS`.
    band : mapping, optional
        `start` and `end` (dates), `low` and `high`: where the value was expected while an alert went on.
    """
    low, high = min(row["value"] for row in rows), max(row["value"] for row in rows)
    scale = alt.Scale(zero=from_zero or low == high or low < 0.25 * high, nice=True)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("date:T", title=None, axis=alt.Axis(grid=False, tickCount=6, labelOverlap=True)),
        y=alt.Y("value:Q", title=None, scale=scale, axis=alt.Axis(tickCount=5, format=FORMATS[kind])),
    )
    look = alt.Color(
        "name:N",
        scale=alt.Scale(domain=list(names), range=[BLUE, MUTED][: len(names)]),
        legend=alt.Legend(title=None, orient="top", labelLimit=400) if len(names) > 1 else None,
    )
    dash = alt.condition(alt.datum.name == names[0], alt.value([1, 0]), alt.value([5, 3]))
    layers = []
    if band is not None:
        limits = alt.Chart(data([band]))
        layers.append(
            limits.mark_rect(color=ORANGE, opacity=0.18).encode(
                x=alt.X("start:T"), x2="end:T", y=alt.Y("low:Q"), y2="high:Q"
            )
        )
    line = base.mark_line(strokeWidth=2.2).encode(color=look, strokeDash=dash)
    is_short = len(rows) <= 80 * len(names)
    points = base.mark_point(size=30, filled=True, opacity=1 if is_short else 0).encode(color=look, tooltip="tip:N")
    return finish(alt.layer(*layers, line, points), description, 270)


def both_ways(rows: Sequence[Mapping[str, Any]], title: str, description: str) -> dict[str, Any]:
    """Draw a bar a row, to the right above zero and to the left below it, its figure at its end.

    Rows have `label`, `value`, `text` and `tip`.
    """
    most = max(abs(row["value"]) for row in rows) or 1
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=300)),
        x=alt.X(
            "value:Q",
            title=title,
            scale=alt.Scale(domain=[-1.5 * most, 1.5 * most]),
            axis=alt.Axis(labels=False, grid=False),
        ),
        tooltip="tip:N",
    )
    colour = alt.condition("datum.value >= 0", alt.value(BLUE), alt.value(ORANGE))
    bar = base.mark_bar(height={"band": 0.7}).encode(color=colour)
    words = [
        base.transform_filter(f"datum.value {sign} 0").mark_text(align=align, dx=dx).encode(text="text:N")
        for sign, align, dx in ((">=", "left", 5), ("<", "right", -5))
    ]
    return finish(alt.layer(bar, *words), description, 26 * len(rows) + 20)


def columns(rows: Sequence[Mapping[str, Any]], x: str, y: str, kind: str, description: str) -> dict[str, Any]:
    """Draw a histogram; rows have `low`, `high`, `value` and `tip`, and `kind` is that of the horizontal axis."""
    axis = alt.Axis(grid=False, format=FORMATS[kind], tickCount=8)
    chart = (
        alt.Chart(data(rows))
        .mark_bar(color=BLUE, binSpacing=1)
        .encode(
            x=alt.X("low:Q", bin=alt.BinParams(binned=True), title=x, axis=axis),
            x2="high:Q",
            y=alt.Y("value:Q", title=y, axis=alt.Axis(tickCount=5, format=",.0f")),
            tooltip="tip:N",
        )
    )
    return finish(chart, description, 240)
