"""What came in, how fresh it is, and what is missing."""

from __future__ import annotations

from datetime import datetime, time

import pandas as pd
import streamlit as st

from strate.dashboard import show
from strate.dashboard.frame import age, current, feature_labels, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.runs import latest_inputs, missing
from strate.report import charts
from strate.report.numbers import count, percent
from strate.report.read import Facts, read_inputs, read_rejections
from strate.report.sections.parts import Figure, Table, words
from strate.report.sections.quality import input_name, quality

MOST_FEATURES = 15


def page() -> None:
    """Show the page."""
    show.title("Data health", "What came in and what of it could not be used, how fresh it is, and what is missing.")
    _inputs()
    _freshness()
    _missing()


def _inputs() -> None:
    """Put what became of the input rows."""
    publication = current()
    there = publication.tables
    facts = Facts(
        publication.as_of_date,
        [],
        inputs=ask(publication, read_inputs) if "input_row_counts" in there else [],
        rejections=ask(publication, read_rejections) if "rejected_rows" in there else [],
    )
    found = quality(facts)
    show.heading("What came in", found.intro)
    if facts.inputs:
        for number, figure in enumerate(found.figures):
            show.figure(figure, f"inputs-{number}")
    else:
        needs("input_row_counts", because="what came in is not part of it.") and show.empty("No input was counted.")


def _freshness() -> None:
    """Put when each input last had news."""
    publication = current()
    show.heading("Freshness", "The last moment that a usable row of an input tells of, in UTC.")
    if not needs("input_runs", "runs", because="what runs wrote of their inputs is not part of it."):
        return
    found = ask(publication, latest_inputs)
    if found.empty:
        show.empty("No run looked at its inputs yet.")
        return
    known = found[found["latest_event_at"].notna()]
    if known.empty or publication.as_of_date is None:
        show.text("No input says when its rows are of.")
    else:
        end = datetime.combine(publication.as_of_date, time.max)
        oldest = known.loc[known["latest_event_at"].idxmin()]
        lag = age(oldest["latest_event_at"].to_pydatetime(), end).removesuffix(" ago")
        show.text(
            f"“{input_name(oldest['input'])}” is the oldest: its last row is "
            + (f"{lag} older than the end of the last date." if lag != "just now" else "of the last date itself.")
        )
    shown = found.assign(input=found["input"].map(input_name), latest_event_at=found["latest_event_at"].dt.floor("s"))
    show.table(
        shown,
        "freshness",
        "Freshness of inputs",
        headers={
            "latest_event_at": "last news",
            "row_count": "rows",
            "rows_before": "rows in the run before",
            "rejected_count": "rejected",
        },
    )


def _missing() -> None:
    """Put which features are missing of whom."""
    publication = current()
    show.heading("What is missing", "Shares of customers of whom a feature is not known.")
    if not needs("feature_missingness", because="gaps were not counted."):
        return
    found = ask(publication, missing)
    if found.empty:
        show.text("Every feature is known of everybody.")
        return
    labels = feature_labels()
    found["label"] = found["feature"].map(lambda name: labels.get(name, words(name)))
    rows = [
        {
            "label": row.label,
            "value": row.missing_share,
            "text": percent(row.missing_share),
            "tip": f"{row.label}: not known of {count(row.missing_count)} customers",
            "colour": charts.BLUE,
        }
        for row in found.head(MOST_FEATURES).itertuples()
    ]
    uneven = int(found["depends_on_group"].fillna(False).sum())
    finding = f"{count(len(found))} features have gaps; “{rows[0]['label']}” is missing most ({rows[0]['text']})."
    if uneven:
        finding += f" Of {count(uneven)} the gaps depend on a group, such as age or country."
    table = Table(
        ("feature", "system", "customers", "missing", "share", "filled in", "depends on a group"),
        [
            (
                row.label,
                row.system,
                count(row.customer_count),
                count(row.missing_count),
                percent(row.missing_share),
                "no" if pd.isna(row.imputed_share) or not row.imputed_share else percent(row.imputed_share),
                "yes" if row.depends_on_group is True else "",
            )
            for row in found.itertuples()
        ],
        first_number=2,
    )
    title = "Features with the most gaps"
    show.figure(Figure(title, finding, charts.bars(rows, f"{title}. {finding}", most=1), table), "missing")
    st.html('<p class="strate-more">How gaps are filled is told in docs/missing_values.md.</p>')
