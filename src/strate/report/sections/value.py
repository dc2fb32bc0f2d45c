"""Who carries the revenue."""

from collections.abc import Sequence
from itertools import accumulate
from typing import Any

from strate.report import charts
from strate.report.numbers import count, money, percent
from strate.report.read import Facts
from strate.report.sections.parts import Figure, Key, Section, Table, axis_label, colour, subject, title_of


def value(facts: Facts) -> Section:
    """Return who carries the revenue."""
    title, intro = (
        "What they are worth",
        "Revenue of all orders so far, after returns; below zero counts as zero.",
    )
    total = sum(s.paid_revenue or 0 for s in facts.segments_of("value"))
    if facts.totals.revenue is None:
        return Section("value", title, intro, notes=["There are no orders in this build, so nobody has a revenue."])
    if total <= 0:
        return Section("value", title, intro, notes=["No customer has a revenue above zero."])
    figures = [_tiers(facts, total), _concentration(facts)]
    figures += [_worth(facts, name, total) for name in ("rfm", "cluster") if facts.segments_of(name)]
    return Section("value", title, intro, figures)


def _tiers(facts: Facts, total: float) -> Figure:
    """Return the value tiers' shares of customers and of revenue, as two bars."""
    segments = facts.segments_of("value")
    best = segments[0]
    finding = (
        f"The tier “{best.label}” is {percent(best.customer_share)} of customers and carries "
        f"{percent((best.paid_revenue or 0) / total)} of revenue."
    )
    rows = []
    for bar, share_of in (
        ("Customers", lambda segment: segment.customer_share),
        ("Revenue", lambda segment: (segment.paid_revenue or 0) / total),
    ):
        for place, segment in enumerate(segments):
            share = share_of(segment)
            rows.append(
                {
                    "bar": bar,
                    "place": place,
                    "share": round(share, 6),
                    "text": percent(share),
                    "ink": charts.ink_on(colour(segment)),
                    "tip": f"{segment.label}: {percent(share)} of {bar.lower()}",
                    "colour": colour(segment),
                }
            )
    table = Table(
        ("tier", "meaning", "customers", "revenue", "share of revenue"),
        [
            (
                s.label,
                s.description,
                count(s.customer_count),
                money(s.paid_revenue or 0, facts.settings.currency),
                percent((s.paid_revenue or 0) / total),
            )
            for s in segments
        ],
        first_number=2,
    )
    legend = [Key(colour(segment), segment.label) for segment in segments]
    return Figure("Value tiers", finding, charts.shares(rows, f"Value tiers. {finding}"), table, legend)


def _concentration(facts: Facts) -> Figure:
    """Return the share of revenue that the best customers carry."""
    customers = list(accumulate(number for number, _ in facts.concentration))
    revenue = list(accumulate(amount for _, amount in facts.concentration))
    rows = [{"x": 0.0, "y": 0.0, "tip": "Nobody"}]
    for number, amount in zip(customers, revenue, strict=True):
        x, y = number / customers[-1], amount / revenue[-1]
        tip = f"The best {percent(x)} carry {percent(y)} of revenue"
        rows.append({"x": round(x, 6), "y": round(y, 6), "tip": tip})
    half = next(row for row in rows if row["y"] >= 0.5)
    finding = f"Half of the revenue comes from {percent(half['x'])} of the customers who have any."
    table = Table(
        ("best customers", "share of revenue"),
        [(percent(row["x"]), percent(row["y"])) for row in rows[1:] if _is_milestone(row["x"], rows)],
        first_number=0,
    )
    spec = charts.curve(
        rows, "share of customers with revenue, best first", "share of revenue", f"Concentration of revenue. {finding}"
    )
    return Figure("How concentrated revenue is", finding, spec, table)


def _worth(facts: Facts, segmentation: str, total: float) -> Figure:
    """Return each segment's share of customers beside its share of revenue."""
    segments = facts.segments_of(segmentation)
    worth = {segment.key: (segment.paid_revenue or 0) / total for segment in segments}
    best = max(segments, key=lambda segment: worth[segment.key] - segment.customer_share)
    name, is_plural = subject(best)
    finding = (
        f"{name} {'are' if is_plural else 'is'} {percent(best.customer_share)} of customers and "
        f"{'carry' if is_plural else 'carries'} {percent(worth[best.key])} of revenue."
    )
    rows = [
        {
            "label": axis_label(segment),
            "first": round(segment.customer_share, 6),
            "second": round(worth[segment.key], 6),
            "tip": f"{segment.full_name}: {percent(segment.customer_share)} of customers, "
            f"{percent(worth[segment.key])} of revenue",
        }
        for segment in segments
    ]
    table = Table(
        ("segment", "share of customers", "share of revenue"),
        [(s.full_name, percent(s.customer_share), percent(worth[s.key])) for s in segments],
    )
    title = f"{title_of(segmentation)}: customers and revenue"
    return Figure(title, finding, charts.pairs(rows, "customers", "revenue", f"{title}. {finding}"), table)


def _is_milestone(share: float, rows: Sequence[dict[str, Any]]) -> bool:
    """Tell whether a point of the concentration curve is the nearest to one of the shares that its table has."""
    points = [row["x"] for row in rows[1:]]
    return share in {min(points, key=lambda x: abs(x - wanted)) for wanted in (0.01, 0.05, 0.1, 0.2, 0.5, 0.8)}
