"""The report's charts as Vega-Lite specifications, drawn with Altair.

Each function takes rows that are ready to be shown and returns a specification without `$schema`, so that nothing in it
is an address. Texts and colours come as data: a name can hold any character and no scale has to be made twice.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

INK, MUTED, RULE, BLUE, ORANGE = "#1f2933", "#5f6b7a", "#e3e7ec", "#2f6690", "#c8553d"
DEVIATIONS = {-2: "#b35806", -1: "#e3b185", 0: "#f5f5f5", 1: "#8fb3d9", 2: "#2166ac"}
"""Colours of a heat map at so many standard deviations; beyond the ends they do not change."""

CLUSTER_COLOURS = (
    "#4477aa",
    "#ee6677",
    "#228833",
    "#ccbb44",
    "#66ccee",
    "#aa3377",
    "#332288",
    "#999933",
    "#882255",
    "#44aa99",
    "#ddaa33",
    "#777777",
)
"""Paul Tol's qualitative schemes, which people with any colour vision tell apart; they repeat after twelve."""

SEGMENT_COLOURS = {
    "value_top": "#0b3954",
    "value_high": "#2f6690",
    "value_medium": "#6fa3c8",
    "value_low": "#b9d3e6",
    "value_none": "#c9ccd1",
    "lifecycle_new": "#66ccee",
    "lifecycle_active": "#117733",
    "lifecycle_reactivated": "#44aa99",
    "lifecycle_cooling": "#ddcc77",
    "lifecycle_lapsed": "#cc6677",
    "lifecycle_never_bought": "#c9ccd1",
    "rfm_never_bought": "#c9ccd1",
    "cluster_noise": "#c9ccd1",
}

FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Helvetica Neue', 'DejaVu Sans', Arial, sans-serif"
CONFIG = {
    "background": None,
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "domain": False,
        "ticks": False,
        "gridColor": RULE,
        "labelColor": INK,
        "labelFontSize": 12,
        "labelLimit": 260,
        "labelPadding": 6,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    },
    "legend": {
        "labelColor": INK,
        "labelFontSize": 12,
        "titleColor": MUTED,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
    },
    "text": {"color": INK, "fontSize": 12},
}
"""One look for all charts."""

SHARE_LABEL = "format(datum.value * 100, '.0f') + '\N{NO-BREAK SPACE}%'"


def colour_of(segment_key: str, number: int | None) -> str:
    """Return the colour that a segment has in every chart; `number` is that of a cluster."""
    if number is not None:
        return CLUSTER_COLOURS[(number - 1) % len(CLUSTER_COLOURS)]
    return SEGMENT_COLOURS.get(segment_key, BLUE)


def ink_on(colour: str) -> str:
    """Return the colour of text that can be read on a colour, given as #rrggbb."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return INK if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "white"


def finish(chart: alt.TopLevelMixin, description: str, height: int) -> dict[str, Any]:
    """Return the specification of a chart that is as wide as its place on the page."""
    fit = alt.AutoSizeParams(type="fit-x", contains="padding")
    spec = chart.properties(width="container", height=height, autosize=fit, description=description).to_dict()
    spec.pop("$schema")
    spec.pop("config", None)
    return spec


def line_axis(lines: int, **options: Any) -> alt.Axis:
    """Return an axis whose labels have up to so many lines and are centred on their place."""
    return alt.Axis(labelExpr="split(datum.label, '\\n')", labelLineHeight=14, labelOffset=-7 * (lines - 1), **options)


def data(rows: Sequence[Mapping[str, Any]]) -> alt.InlineData:
    """Return rows as a chart's data."""
    return alt.InlineData(values=[dict(row) for row in rows])


def bars(rows: Sequence[Mapping[str, Any]], description: str, most: float | None = None) -> dict[str, Any]:
    """Draw one bar a row, its figure beside it; `most` is the value of a full bar, the largest where it is None.

    Rows have `label` (may hold line breaks), `value`, `text`, `tip` and `colour`.
    """
    lines = max(row["label"].count("\n") for row in rows) + 1
    room = 7 * max(len(row["text"]) for row in rows) + 12
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=line_axis(lines)),
        x=alt.X(
            "value:Q",
            axis=None,
            scale=alt.Scale(
                domain=[0, most or max(row["value"] for row in rows) or 1],
                range=[0, {"expr": f"max(width - {room}, 20)"}],
            ),
        ),
        tooltip="tip:N",
    )
    bar = base.mark_bar(height={"band": 0.7}).encode(color=alt.Color("colour:N", scale=None))
    text = base.mark_text(align="left", dx=6).encode(text="text:N")
    return finish(bar + text, description, len(rows) * (15 * lines + 13))


def shares(rows: Sequence[Mapping[str, Any]], description: str) -> dict[str, Any]:
    """Draw bars that add up to the whole, one per `bar`, in parts of `share`.

    Rows have `bar`, `part`, `place` (of the part), `share`, `text`, `ink`, `tip` and `colour`.
    """
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("bar:N", sort=None, title=None),
        x=alt.X("share:Q", stack="zero", axis=None, scale=alt.Scale(domain=[0, 1], nice=False)),
        order=alt.Order("place:Q"),
        tooltip="tip:N",
    )
    bar = base.mark_bar(height={"band": 0.7}, stroke="white").encode(color=alt.Color("colour:N", scale=None))
    text = base.mark_text().encode(
        x=alt.X("share:Q", stack="zero", bandPosition=0.5),
        text="text:N",
        color=alt.Color("ink:N", scale=None),
        opacity=alt.condition("datum.share * width >= 36", alt.value(1), alt.value(0)),
    )
    return finish(bar + text, description, 84 * len({row["bar"] for row in rows}))


def pairs(rows: Sequence[Mapping[str, Any]], first: str, second: str, description: str) -> dict[str, Any]:
    """Draw two dots a row with a line between them.

    Rows have `label` (may hold line breaks), `first`, `second` (shares) and `tip`; `first` and `second` name them.
    """
    lines = max(row["label"].count("\n") for row in rows) + 1
    base = alt.Chart(data(rows)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=line_axis(lines, grid=True, labelPadding=12)),
        tooltip="tip:N",
    )
    axis = alt.Axis(labelExpr=SHARE_LABEL, tickCount=5)
    line = base.mark_rule(strokeWidth=3, color="#c3cad3").encode(
        x=alt.X("first:Q", axis=axis, title="share of all"), x2="second:Q"
    )
    dots = [
        base.mark_point(size=90, filled=True, opacity=1, shape=shape)
        .encode(
            x=f"{field}:Q",
            color=alt.Color(
                "name:N",
                scale=alt.Scale(domain=[first, second], range=[MUTED, ORANGE]),
                legend=alt.Legend(title=None, orient="top", symbolSize=90),
            ),
            shape=alt.Shape("name:N", scale=alt.Scale(domain=[first, second], range=["circle", "diamond"])),
        )
        .transform_calculate(name=f"'{name}'")
        for field, name, shape in (("first", first, "circle"), ("second", second, "diamond"))
    ]
    return finish(alt.layer(line, *dots), description, len(rows) * (15 * lines + 11))


def curve(rows: Sequence[Mapping[str, Any]], x: str, y: str, description: str) -> dict[str, Any]:
    """Draw a rising curve of shares over shares with the line of equality below it; rows have `x`, `y` and `tip`."""
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(labelExpr=SHARE_LABEL, tickCount=5)
    base = alt.Chart(data(rows)).encode(
        x=alt.X("x:Q", title=x, scale=scale, axis=axis), y=alt.Y("y:Q", title=y, scale=scale, axis=axis)
    )
    equality = (
        alt.Chart(data([{"x": 0, "y": 0}, {"x": 1, "y": 1}]))
        .mark_line(color="#aab3be", strokeDash=[4, 4])
        .encode(x="x:Q", y="y:Q")
    )
    area = base.mark_area(color=BLUE, opacity=0.12)
    line = base.mark_line(color=BLUE, strokeWidth=2.5)
    points = base.mark_point(size=60, opacity=0).encode(tooltip="tip:N")
    return finish(alt.layer(area, equality, line, points), description, 260)


def histogram(rows: Sequence[Mapping[str, Any]], width: int, x: str, y: str, description: str) -> dict[str, Any]:
    """Draw stacked columns; rows have `start` (of a column `width` wide), `value`, `place`, `tip` and `colour`."""
    column = alt.BinParams(binned=True, step=width)
    marks = list(range(0, max(row["start"] for row in rows) + 2 * width, 3 * width))
    chart = (
        alt.Chart(data([row | {"end": row["start"] + width} for row in rows]))
        .mark_bar(binSpacing=1)
        .encode(
            x=alt.X("start:Q", bin=column, title=x, axis=alt.Axis(grid=False, values=marks)),
            x2="end:Q",
            y=alt.Y("value:Q", stack="zero", title=y, axis=alt.Axis(tickCount=5, tickMinStep=1, format=",.0f")),
            color=alt.Color("colour:N", scale=None),
            order=alt.Order("place:Q"),
            tooltip="tip:N",
        )
    )
    return finish(chart, description, 240)


def heat_map(rows: Sequence[Mapping[str, Any]], description: str) -> dict[str, Any]:
    """Draw a cell a row; rows have `segment`, `feature`, `value` (None: unknown), `text` and `tip`."""
    columns = len({row["segment"] for row in rows})
    # Upright labels where there are many columns: on a phone they are as narrow as a line of text is high.
    is_upright = columns > 8
    top = alt.Axis(
        orient="top",
        labelAngle=-90 if is_upright else -40,
        labelAlign="left",
        labelBaseline="middle",
        labelLimit=130,
    )
    base = alt.Chart(data(rows)).encode(
        x=alt.X("segment:N", sort=None, title=None, axis=top),
        y=alt.Y("feature:N", sort=None, title=None),
        tooltip="tip:N",
    )
    scale = alt.Scale(domain=list(DEVIATIONS), range=list(DEVIATIONS.values()), clamp=True)
    cells = base.mark_rect(stroke="white", strokeWidth=1).encode(color=alt.Color("value:Q", scale=scale, legend=None))
    figures = base.mark_text(fontSize=11, opacity={"expr": f"width / {columns} >= 34 ? 1 : 0"}).encode(
        text="text:N",
        color=alt.condition("abs(datum.value) > 1.5", alt.value("white"), alt.value(INK)),
    )
    return finish(
        (cells + figures).properties(padding={"left": 5, "right": 5 if is_upright else 28, "top": 5, "bottom": 5}),
        description,
        21 * len({row["feature"] for row in rows}),
    )


def candidates(
    rows: Sequence[Mapping[str, Any]], limit: float | None, limit_text: str, description: str
) -> dict[str, Any]:
    """Draw a metric over the number of clusters; the chosen one is marked, and the gate's limit is a line.

    Rows have `count`, `value`, `is_on_line`, `is_chosen`, `text` (beside the chosen point) and `tip`. Those that are
    not on the line are dots behind it.
    """
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "count:Q",
            title="number of clusters",
            axis=alt.Axis(values=sorted({row["count"] for row in rows}), format="d", grid=False, labelOverlap=True),
            scale=alt.Scale(zero=False, nice=False, padding=24),
        ),
        y=alt.Y("value:Q", title=None, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True)),
    )
    line, others = base.transform_filter("datum.is_on_line"), base.transform_filter("!datum.is_on_line")
    layers = (
        []
        if all(row["is_on_line"] for row in rows)
        else [others.mark_point(size=35, filled=True, opacity=0.5, color=MUTED).encode(tooltip="tip:N")]
    )
    layers += [
        line.mark_line(color=BLUE, strokeWidth=2),
        line.mark_point(size=60, filled=True, opacity=1, color=BLUE).encode(tooltip="tip:N"),
    ]
    chosen = base.transform_filter("datum.is_chosen")
    layers += [
        chosen.mark_point(size=170, filled=True, opacity=1, color=ORANGE, aria=False),
        *(
            chosen.mark_text(dy=-16, fontWeight="bold", color=ORANGE, **halo).encode(text="text:N")
            for halo in ({"stroke": "white", "strokeWidth": 4, "aria": False}, {})
        ),
    ]
    if limit is not None:
        gate = alt.Chart(data([{"limit": limit, "text": limit_text}]))
        # The words stand where the curve is farther from the line, or has ended, and on its other side.
        ends = [row for row in rows if row["is_on_line"]]
        has_ended = ends[-1]["count"] < rows[-1]["count"]
        is_right = has_ended or abs(ends[-1]["value"] - limit) >= abs(ends[0]["value"] - limit)
        is_below = ends[-1 if is_right else 0]["value"] > limit
        layers += [
            gate.mark_rule(color=MUTED, strokeDash=[5, 4]).encode(y="limit:Q"),
            gate.mark_text(align="right" if is_right else "left", dy=12 if is_below else -8, color=MUTED).encode(
                x=alt.value({"expr": "width" if is_right else "0"}), y="limit:Q", text="text:N"
            ),
        ]
    return finish(alt.layer(*layers), description, 230)


def scatter(
    points: Sequence[Mapping[str, Any]],
    centres: Sequence[Mapping[str, Any]],
    x: str | None,
    y: str | None,
    description: str,
) -> dict[str, Any]:
    """Draw customers as points and cluster centres as numbered discs.

    Points have `x`, `y`, `customers` and `colour`; centres have `x`, `y`, `colour`, `ink`, `text` and `tip`. A
    dimension without a name has no axis.
    """
    most = max(2, *(point["customers"] for point in points))
    least = 15 if len(points) > 300 else 45
    place = alt.Scale(zero=False, nice=False, padding=30)
    bare = alt.Axis(labels=False, grid=False, domain=True, domainColor="#aab3be")
    cloud = (
        alt.Chart(data(points))
        .mark_circle(opacity=0.5, aria=False)
        .encode(
            x=alt.X("x:Q", title=x, axis=bare if x else None, scale=place),
            y=alt.Y("y:Q", title=y, axis=bare if y else None, scale=place),
            color=alt.Color("colour:N", scale=None),
            size=alt.Size(
                "customers:Q", scale=alt.Scale(domain=[1, most], range=[least, min(least * most, 2500)]), legend=None
            ),
        )
    )
    base = alt.Chart(data(centres)).encode(x="x:Q", y="y:Q")
    discs = base.mark_point(size=360, filled=True, opacity=1, shape="circle", stroke="white", strokeWidth=2).encode(
        fill=alt.Fill("colour:N", scale=None), tooltip="tip:N"
    )
    names = base.mark_text(fontWeight="bold", fontSize=12, tooltip=None).encode(
        text="text:N", color=alt.Color("ink:N", scale=None)
    )
    return finish(alt.layer(cloud, discs, names), description, 440)
