"""Charts of scores as Vega-Lite specifications: lift, calibration, and where segments lie."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from strate.report.charts import BLUE, INK, MUTED, SHARE_LABEL, data, finish, line_axis


def lift_curves(rows: Sequence[Mapping[str, Any]], x: str, y: str, description: str) -> dict[str, Any]:
    """Draw a curve of shares over shares for each method, the first one strong, with the line of chance.

    Rows have `x`, `y`, `method` and `tip`.
    """
    methods = list(dict.fromkeys(row["method"] for row in rows))
    axis = alt.Axis(labelExpr=SHARE_LABEL, tickCount=5)
    scale = alt.Scale(domain=[0, 1], nice=False)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("x:Q", title=x, scale=scale, axis=axis), y=alt.Y("y:Q", title=y, scale=scale, axis=axis)
    )
    look = alt.Color(
        "method:N",
        scale=alt.Scale(domain=methods, range=[BLUE, MUTED][: len(methods)]),
        legend=alt.Legend(title=None, orient="top"),
    )
    lines = base.mark_line().encode(
        color=look,
        strokeWidth=alt.condition(alt.datum.method == methods[0], alt.value(2.5), alt.value(1.5)),
    )
    points = base.mark_point(size=45, filled=True, opacity=1).encode(color=look, tooltip="tip:N")
    return finish(alt.layer(_equality(), lines, points), description, 260)


def calibration(rows: Sequence[Mapping[str, Any]], x: str, y: str, description: str) -> dict[str, Any]:
    """Draw shares over probabilities, both axes alike, with the line on which they are equal.

    Rows have `x`, `y` and `tip`.
    """
    most = max(max(row["x"], row["y"]) for row in rows)
    domain = [0, min(1.0, round(most * 1.08 + 0.005, 3))]
    scale, axis = alt.Scale(domain=domain, nice=False), alt.Axis(labelExpr=SHARE_LABEL, tickCount=5)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("x:Q", title=x, scale=scale, axis=axis), y=alt.Y("y:Q", title=y, scale=scale, axis=axis)
    )
    line = base.mark_line(color=BLUE, strokeWidth=2)
    points = base.mark_point(size=70, filled=True, opacity=1, color=BLUE).encode(tooltip="tip:N")
    return finish(alt.layer(_equality(domain[1]), line, points), description, 260)


def spans(rows: Sequence[Mapping[str, Any]], x: str, description: str) -> dict[str, Any]:
    """Draw a bar from `low` to `high` a row, with a mark at `middle`.

    Rows have `label` (may hold line breaks), `low`, `middle`, `high`, `tip` and `colour`.
    """
    lines = max(row["label"].count("\n") for row in rows) + 1
    most = max(row["high"] for row in rows)
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=line_axis(lines)),
        tooltip="tip:N",
    )
    span = base.mark_bar(height=10, cornerRadius=5).encode(
        x=alt.X("low:Q", title=x, scale=alt.Scale(domain=[0, most or 1]), axis=alt.Axis(tickCount=5)),
        x2="high:Q",
        color=alt.Color("colour:N", scale=None),
    )
    middle = base.mark_tick(thickness=3, size=22, color=INK).encode(x="middle:Q")
    return finish(span + middle, description, len(rows) * (15 * lines + 13))


def _equality(most: float = 1.0) -> alt.Chart:
    """Return the dashed line on which both axes are equal."""
    return (
        alt.Chart(data([{"x": 0, "y": 0}, {"x": most, "y": most}]))
        .mark_line(color="#aab3be", strokeDash=[4, 4])
        .encode(x="x:Q", y="y:Q")
    )
