"""One segment: what it is, what sets it apart, how it does over time, and who is in it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import pandas as pd
import streamlit as st

from strate.dashboard import address, charts, show
from strate.dashboard.frame import current, feature_labels, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.members import PAGE_ROWS, members, shown_features
from strate.dashboard.queries.performance import INDICATORS, STEPS, known_indicators, series
from strate.dashboard.values import change, shown
from strate.dashboard.views import link
from strate.report.cards import read_cards
from strate.report.numbers import count, percent, signed
from strate.report.read import Difference, Facts, Segment, read_differences, read_segments
from strate.report.sections.cards import panel
from strate.report.sections.parts import Figure, Table, title_of, words
from strate.report.sections.profiles import LEAST_KNOWN_SHARE

MOST_FEATURES = 12
STRONGEST = 4


def page() -> None:
    """Show the page."""
    publication = current()
    show.title("Segments", "One segment at a time: what it is, what sets it apart, how it does, and who is in it.")
    if not needs("segments", because="there is nothing to show until a build has made it and it is published."):
        return
    everything = ask(publication, read_segments)
    if not everything:
        show.empty("No customer is in a segment.")
        return
    names = Facts(publication.as_of_date, everything).segmentations()
    left, right = st.columns(2)
    with left:
        segmentation = address.choose_segmentation(names, clears=("segment", "page", "sort"))
    segments = {one.key: one for one in everything if one.segmentation == segmentation}
    with right:
        key = address.choose(
            "Segment", "segment", {key: one.full_name for key, one in segments.items()}, clears=("page", "sort")
        )
    segment = segments[key]
    differences = _differences(segment)
    _card(segment)
    _profile(segment, differences)
    _over_time(segment)
    _members(segment, differences)


def _differences(segment: Segment) -> list[Difference]:
    """Return the features in which a segment differs, strongest first; what is known of few of its members is none."""
    publication = current()
    if "segment_profiles" not in publication.tables:
        return []
    return sorted(
        (
            row
            for row in ask(publication, read_differences)
            if (row.segmentation, row.segment_key) == (segment.segmentation, segment.key)
            and row.standardised is not None
            and row.known_count >= LEAST_KNOWN_SHARE * segment.customer_count
        ),
        key=lambda row: -abs(row.standardised),
    )


def _card(segment: Segment) -> None:
    """Put the segment in words."""
    publication = current()
    show.heading(segment.full_name, segment.description if segment.number is None else words(segment.description))
    show.key_figures(
        [
            (count(segment.customer_count), "customers", ""),
            (percent(segment.customer_share), f"of all in {title_of(segment.segmentation)}", ""),
        ]
    )
    if "segment_cards" in publication.tables:
        cards = {card.segment_key: card for card in ask(publication, read_cards)}
        if segment.key in cards:
            show.card(panel(segment, cards[segment.key]))


def _profile(segment: Segment, differences: Sequence[Difference]) -> None:
    """Put what sets it apart from everybody."""
    show.heading("What sets it apart")
    if not differences:
        show.empty("No profile of this segment was published, or nothing is known of enough of its customers.")
        return
    top = differences[:MOST_FEATURES]
    strongest = top[0]
    way = "high" if strongest.standardised > 0 else "low"
    finding = (
        f"Most of all {way} {strongest.label}: {strongest.segment_mean:,.2f} on average, all customers "
        f"{strongest.population_mean:,.2f}. Bars are in standard deviations from the mean of all customers."
    )
    rows = [
        {
            "label": row.label,
            "value": round(row.standardised, 3),
            "text": signed(row.standardised),
            "tip": f"{row.label}: mean {row.segment_mean:,.2f}, all customers {row.population_mean:,.2f}",
        }
        for row in top
    ]
    table = Table(
        ("feature", "mean here", "mean of all", "difference in standard deviations"),
        [
            (row.label, f"{row.segment_mean:,.2f}", f"{row.population_mean:,.2f}", signed(row.standardised))
            for row in differences
        ],
    )
    title = f"{segment.label} against all customers"
    spec = charts.both_ways(rows, "standard deviations from the mean of all", f"{title}. {finding}")
    show.figure(Figure(title, finding, spec, table), f"profile-{segment.key}")


def _over_time(segment: Segment) -> None:
    """Put an indicator of the segment over time."""
    publication = current()
    show.heading("Over time")
    if not needs("segment_performance", because="publish a build of this version to see sizes and indicators by day."):
        return
    offered = ask(publication, known_indicators)
    if not offered:
        show.empty("Nothing is known over time yet: days count from the first date that was recorded to the last.")
        return
    left, right = st.columns(2)
    with left:
        name = address.choose("Indicator", "indicator", {name: INDICATORS[name].label for name in offered})
    with right:
        step = address.choose("Step", "step", STEPS)
    here = _known(ask(publication, series, segment.segmentation, segment.key, name, step))
    if here.empty:
        show.empty(f"There is no whole {step} of which {INDICATORS[name].label.lower()} is known in this segment.")
        return
    indicator = INDICATORS[name]
    frames = {segment.label: here}
    if len(indicator.sums) == 2:
        frames["All customers"] = _known(ask(publication, series, segment.segmentation, None, name, step))
    rows = [
        {
            "date": day.strftime("%Y-%m-%d"),
            "value": float(value),
            "name": label,
            "tip": f"{label}, {step} of {day:%Y-%m-%d}: {shown(value, indicator.kind, publication.currency)}",
        }
        for label, frame in frames.items()
        for day, value in zip(frame["period"], frame["value"], strict=True)
    ]
    latest = here.iloc[-1]
    finding = (
        f"In the {step} of {latest['period']:%d %B %Y}: {shown(latest['value'], indicator.kind, publication.currency)}"
    )
    if len(here) > 1 and here.iloc[-2]["value"]:
        finding += f", {change(latest['value'], here.iloc[-2]['value'])} in the {step} before"
    table = Table(
        ("from", *frames),
        [
            (
                f"{day:%Y-%m-%d}",
                *(
                    shown(next(iter(frame.loc[frame["period"] == day, "value"]), None), indicator.kind)
                    for frame in frames.values()
                ),
            )
            for day in here["period"]
        ],
    )
    title = f"{indicator.label} of {segment.label}"
    spec = charts.over_time(
        rows, list(frames), indicator.kind, f"{title}. {finding}.", from_zero=len(indicator.sums) != 0
    )
    show.figure(Figure(title, f"{finding}.", spec, table), f"{segment.key}-{name}-{step}")


def _members(segment: Segment, differences: Sequence[Difference]) -> None:
    """Put the features of the members, a page at a time."""
    publication = current()
    show.heading(
        "Who is in it",
        "Features of the members as of the last date. The customer is a key, which names nobody.",
    )
    if not needs("customer_features", "customer_segments", because="members are not part of it."):
        return
    labels = feature_labels()
    features = shown_features(publication.tables["customer_features"], [row.feature for row in differences[:STRONGEST]])
    if not features:
        show.empty("The published copy has none of the features that are shown of members.")
        return
    options = {name: labels.get(name, words(name)) for name in features}
    favourite = next(name for name in ("revenue", "session_count", features[0]) if name in options)
    left, middle, right = st.columns([2, 1, 1])
    with left:
        sort = address.choose("Sorted by", "sort", options, favourite, clears=("page",))
    with middle:
        order = address.choose(
            "Order", "order", {"falling": "Highest first", "rising": "Lowest first"}, clears=("page",)
        )
    pages = max(1, math.ceil(segment.customer_count / PAGE_ROWS))
    with right:
        number = address.number("Page", "page", pages)
    rows = ask(
        publication, members, segment.segmentation, segment.key, tuple(features), sort, order == "rising", number
    )
    first = (number - 1) * PAGE_ROWS + 1
    show.text(f"Customers {count(first)} to {count(first + len(rows) - 1)} of {count(segment.customer_count)}.")
    show.table(
        rows,
        f"members-{segment.key}-{number}",
        f"Features of customers of {segment.label}",
        headers={"customer_id": "customer", **options},
        config=_config(rows),
    )
    link("movement", "Who came and went", segmentation=segment.segmentation)


def _config(rows: pd.DataFrame) -> dict[str, dict]:
    """Return how each feature is shown."""
    config: dict[str, dict] = {}
    for name in rows.columns:
        if not pd.api.types.is_numeric_dtype(rows[name]) or pd.api.types.is_bool_dtype(rows[name]):
            continue
        form = "%.2f"
        if name.endswith("_share"):
            form = "percent"
        elif pd.api.types.is_integer_dtype(rows[name]) or (rows[name].dropna() % 1 == 0).all():
            form = "localized"
        config[name] = st.column_config.NumberColumn(format=form)
    return config


def _known(frame: pd.DataFrame) -> pd.DataFrame:
    return frame[frame["value"].notna()]
