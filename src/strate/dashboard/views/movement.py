"""Who moved between two dates, who came and went, and why."""

from __future__ import annotations

from datetime import date

import pandas as pd
import streamlit as st

from strate.dashboard import address, charts, show
from strate.dashboard.frame import current, feature_labels, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.moves import balance, causes, dates_of_moves, examples
from strate.report.headline import day
from strate.report.moves import read_moves
from strate.report.numbers import count, percent
from strate.report.read import Facts, Segment, read_segments
from strate.report.sections.moves import flow
from strate.report.sections.parts import Figure, Table, words

ANY = "any"
CAUSES = {
    "customer": "{measure} changed",
    "cut": "the limit for {measure} moved, not the customers",
    "model": "the clustering was fitted anew",
    "rule": "another rule holds for them",
    "cells": "a small cell was joined with others",
    "not_recorded": "the reason was not recorded",
}
"""What a cause says, of a measure or without one."""


def page() -> None:
    """Show the page."""
    publication = current()
    show.title("Movement", "Who went from which segment to which between two dates, and why.")
    if not needs("segments", "segment_transitions", because="who moved is not part of it."):
        return
    everything = ask(publication, read_segments)
    names = Facts(publication.as_of_date, everything).segmentations()
    if not names:
        show.empty("No customer is in a segment.")
        return
    left, right = st.columns(2)
    with left:
        segmentation = address.choose_segmentation(names, clears=("date", "from", "to"))
    dates = ask(publication, dates_of_moves, segmentation)
    if not dates:
        show.empty("There is no date before this one: a build of a later date shows who moved.")
        return
    with right:
        options = {str(after): f"{day(before)} to {day(after)}" for after, before in dates}
        to_date = date.fromisoformat(address.choose("Between", "date", options, clears=("from", "to")))
    segments = [one for one in everything if one.segmentation == segmentation]
    moves = [move for move in ask(publication, read_moves, to_date) if move.segmentation == segmentation]
    show.heading("The flow", "Each band is as high as its number of customers; those who stayed are grey.")
    show.figure(flow(moves, segments), f"flow-{segmentation}-{to_date}")
    labels = {one.key: one.full_name for one in segments}
    _balance(segmentation, to_date, segments)
    _why(segmentation, to_date, labels, {key for move in moves for key in (move.from_key, move.to_key)})


def _balance(segmentation: str, to_date: date, segments: list[Segment]) -> None:
    """Put who came and who went by segment."""
    frame = ask(current(), balance, segmentation, to_date)
    show.heading("Who came and who went")
    labels = {one.key: one.label for one in segments}
    places = {one.key: place for place, one in enumerate(segments)}
    frame = frame.sort_values("segment_key", key=lambda keys: keys.map(lambda key: places.get(key, 999)))
    rows = [
        {
            "label": labels.get(row.segment_key, words(row.segment_key)),
            "value": int(row.after - row.before),
            "text": _signed(row.after - row.before),
            "tip": f"{labels.get(row.segment_key, row.segment_key)}: {count(row.came)} came, {count(row.went)} went",
        }
        for row in frame.itertuples()
    ]
    best, worst = max(rows, key=lambda row: row["value"]), min(rows, key=lambda row: row["value"])
    parts = []
    if best["value"] > 0:
        parts.append(f"“{best['label']}” grew most ({best['text']})")
    if worst["value"] < 0:
        parts.append(f"“{worst['label']}” shrank most ({worst['text']})")
    finding = ", ".join(parts) + "." if parts else "No segment grew or shrank."
    table = Table(
        ("segment", "before", "came", "went", "now", "change"),
        [
            (
                labels.get(row.segment_key, words(row.segment_key)),
                *(count(value) for value in (row.before, row.came, row.went, row.after)),
                _signed(row.after - row.before),
            )
            for row in frame.itertuples()
        ],
    )
    spec = charts.both_ways(rows, "customers more or less than before", f"Change of size. {finding}")
    show.figure(Figure("How segments grew and shrank", finding, spec, table), f"balance-{segmentation}-{to_date}")


def _why(segmentation: str, to_date: date, labels: dict[str, str], keys: set[str]) -> None:
    """Put which feature crossed which limit."""
    publication = current()
    show.heading("Why they moved", "Which measure crossed a limit, or what else put customers elsewhere.")
    if not needs("segment_moves", because="reasons are not part of it."):
        return
    options = {ANY: "any segment"} | {key: labels.get(key, words(key)) for key in labels if key in keys}
    left, right = st.columns(2)
    with left:
        from_key = address.choose("From", "from", options)
    with right:
        to_key = address.choose("To", "to", options)
    chosen = [None if key == ANY else key for key in (from_key, to_key)]
    found = ask(publication, causes, segmentation, to_date, *chosen)
    if found.empty:
        show.empty("Nobody moved so between these dates.")
        return
    features = feature_labels()
    total = int(found["customer_count"].sum())
    rows = [
        {
            "reason": _reason(row.cause, row.measure, features),
            "customers": int(row.customer_count),
            "of all who moved": percent(row.customer_count / total),
            "it rose for": None if pd.isna(row.value_now) else int(row.rose),
            "median before": row.value_then,
            "median now": row.value_now,
        }
        for row in found.itertuples()
    ]
    first = rows[0]
    share = percent(first["customers"] / total)
    show.text(
        f"{count(total)} customers moved. Most often ({share}): {first['reason'][0].lower()}{first['reason'][1:]}."
    )
    show.table(
        show.rounded(pd.DataFrame(rows), 2),
        f"causes-{segmentation}-{to_date}",
        "Why customers moved",
    )
    told = ask(publication, examples, segmentation, to_date, *chosen)
    if told:
        with st.expander("The most frequent moves in words"):
            frame = pd.DataFrame(told, columns=["in words", "customers"])
            show.table(frame, f"examples-{segmentation}-{to_date}", "Moves in words")


def _reason(cause: str, measure: str | None, features: dict[str, str]) -> str:
    """Return why in words."""
    label = "" if measure is None or pd.isna(measure) else features.get(measure, words(measure))
    told = CAUSES.get(cause, words(cause)).format(measure=label or "what tells segments apart")
    return told[0].upper() + told[1:]


def _signed(number: float) -> str:
    return f"{number:+,.0f}".replace("-", "\N{MINUS SIGN}") if number else "0"
