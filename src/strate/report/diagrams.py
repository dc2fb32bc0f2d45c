"""Diagrams whose shapes are worked out here, as Vega-Lite specifications: trees, curves with a mark, flows."""

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt

from strate.report.charts import BLUE, INK, ORANGE, data, finish
from strate.report.evidence import Merge

FLOW_HEIGHT = 460
GAP_SHARE = 0.012
LINE_HEIGHT = 15


def dendrogram(merges: Sequence[Merge], cut: float, cut_text: str, description: str) -> dict[str, Any]:
    """Draw a tree of merges, its leaves side by side, with a dashed line at a height."""
    n_leaves = len(merges) + 1
    children = {n_leaves + step: (merge.left, merge.right) for step, merge in enumerate(merges)}
    leaves, waiting = [], [n_leaves + len(merges) - 1]
    while waiting:
        node = waiting.pop()
        if node in children:
            waiting += reversed(children[node])
        else:
            leaves.append(node)
    across = {leaf: float(place) for place, leaf in enumerate(leaves)}
    heights = dict.fromkeys(leaves, 0.0)
    rows = []
    for step, merge in enumerate(merges):
        left, right = sorted((merge.left, merge.right), key=across.get)
        node = n_leaves + step
        across[node], heights[node] = (across[left] + across[right]) / 2, merge.height
        corners = [
            (across[left], heights[left]),
            (across[left], merge.height),
            (across[right], merge.height),
            (across[right], heights[right]),
        ]
        tip = f"height {merge.height:.2f}, {merge.size:,.0f} customers of the sample"
        rows += [
            {"merge": step, "order": order, "x": x, "y": round(y, 4), "tip": tip}
            for order, (x, y) in enumerate(corners)
        ]
    tree = (
        alt.Chart(data(rows))
        .mark_line(color=BLUE, strokeWidth=1.5, strokeJoin="round")
        .encode(
            x=alt.X("x:Q", axis=None, scale=alt.Scale(domain=[-0.5, n_leaves - 0.5], nice=False)),
            y=alt.Y("y:Q", title="height of the merge", axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True)),
            detail="merge:N",
            order="order:O",
            tooltip="tip:N",
        )
    )
    return finish(alt.layer(tree, *_level(cut, cut_text)), description, 300)


def rising_curve(
    rows: Sequence[Mapping[str, Any]], level: float | None, level_text: str, x: str, y: str, description: str
) -> dict[str, Any]:
    """Draw a curve over shares with a dashed line at a level, if there is one; rows have `x`, `y` and `tip`."""
    label = "format(datum.value * 100, '.0f') + '\N{NO-BREAK SPACE}%'"
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "x:Q",
            title=x,
            scale=alt.Scale(domain=[0, 1], nice=False),
            axis=alt.Axis(labelExpr=label, tickCount=5, grid=False),
        ),
        y=alt.Y("y:Q", title=y, axis=alt.Axis(tickCount=5), scale=alt.Scale(zero=True)),
    )
    line = base.mark_line(color=BLUE, strokeWidth=2.5)
    points = base.mark_point(size=40, opacity=0).encode(tooltip="tip:N")
    layers = [line, points]
    if level is not None:
        layers += _level(level, level_text, is_right=rows[len(rows) // 2]["y"] > 0.9 * level)
    return finish(alt.layer(*layers), description, 260)


def _level(value: float, text: str, *, is_right: bool = False) -> list[alt.Chart]:
    """Return a dashed line at a height, with words above one of its ends."""
    base = alt.Chart(data([{"level": round(value, 4), "text": text}])).encode(y="level:Q")
    words = base.mark_text(
        align="right" if is_right else "left",
        dx=-4 if is_right else 4,
        dy=-8,
        color=ORANGE,
        fontWeight="bold",
    )
    return [
        base.mark_rule(color=ORANGE, strokeDash=[5, 4], strokeWidth=1.5),
        words.encode(x=alt.value({"expr": "width" if is_right else "0"}), text="text:N"),
    ]


def flows(rows: Sequence[Mapping[str, Any]], nodes: Mapping[str, str], description: str) -> dict[str, Any]:
    """Draw bands from nodes on the left to nodes on the right, as high as what flows.

    Rows have `from`, `to`, `customers`, `colour` and `tip`, in the order in which bands lie on each other; `nodes` has
    the colour of each node from the top down.
    """
    total = sum(row["customers"] for row in rows)
    gap = GAP_SHARE * total
    full = total + gap * (len(nodes) - 1)
    starts, boxes, labels = {}, [], []
    for place, side in enumerate(("from", "to")):
        sizes = {node: sum(row["customers"] for row in rows if row[side] == node) for node in nodes}
        used = [node for node in nodes if sizes[node]]
        top = (full - total - gap * (len(used) - 1)) / 2
        for node in used:
            starts[side, node] = top
            boxes.append({"x": place, "low": top, "high": top + sizes[node], "colour": nodes[node]})
            text = f"{node} {sizes[node]:,}"
            labels.append({"x": place, "y": top + sizes[node] / 2, "text": text, "tip": f"{text} customers"})
            top += sizes[node] + gap
    bands = []
    for number, row in enumerate(rows):
        ends = []
        for side in ("from", "to"):
            ends.append(starts[side, row[side]])
            starts[side, row[side]] += row["customers"]
        for x, top in ((0, ends[0]), (0.3, ends[0]), (0.7, ends[1]), (1, ends[1])):
            band = {"band": number, "x": x, "low": round(top, 2), "high": round(top + row["customers"], 2)}
            bands.append(band | {"colour": row["colour"], "tip": row["tip"]})

    room = 7 * max(len(label["text"]) for label in labels) + 14
    across = alt.Scale(
        domain=[0, 1],
        nice=False,
        range=[{"expr": f"min({room}, width * 0.4)"}, {"expr": f"width - min({room}, width * 0.4)"}],
    )
    x = alt.X("x:Q", axis=None, scale=across)
    y = alt.Y("low:Q", axis=None, scale=alt.Scale(domain=[0, full], nice=False, reverse=True))
    areas = (
        alt.Chart(data(bands))
        .mark_area(interpolate="monotone", opacity=0.65)
        .encode(x=x, y=y, y2="high:Q", detail="band:N", color=alt.Color("colour:N", scale=None), tooltip="tip:N")
    )
    ends = (
        alt.Chart(data(boxes))
        .mark_bar(size=8, opacity=1, aria=False)
        .encode(x=x, y=y, y2="high:Q", color=alt.Color("colour:N", scale=None))
    )
    names = [
        alt.Chart(data(_apart([label for label in labels if label["x"] == place], full)))
        .mark_text(align=align, dx=dx, limit=room)
        .encode(x=x, y="y:Q", text="text:N", tooltip="tip:N", color=alt.value(INK))
        for place, align, dx in ((0, "right", -9), (1, "left", 9))
    ]
    return finish(alt.layer(areas, ends, *names), description, FLOW_HEIGHT)


def _apart(labels: Sequence[dict[str, Any]], full: float) -> list[dict[str, Any]]:
    """Push labels down, and then up from the bottom, so that no two of them overlap."""
    least = LINE_HEIGHT / FLOW_HEIGHT * full
    places = [label["y"] for label in labels]
    for i in range(1, len(places)):
        places[i] = max(places[i], places[i - 1] + least)
    bottom = full - least / 2
    for i in reversed(range(len(places))):
        places[i] = min(places[i], bottom)
        bottom = places[i] - least
    return [label | {"y": round(y, 2)} for label, y in zip(labels, places, strict=True)]
