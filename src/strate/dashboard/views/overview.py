"""What there is, what is new, and whether anything asks for attention."""

from __future__ import annotations

import streamlit as st

from strate.dashboard import address, show
from strate.dashboard.frame import current, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.alerts import alerts
from strate.dashboard.queries.overview import movement_since
from strate.dashboard.queries.runs import gates
from strate.dashboard.views import link
from strate.dashboard.views.alerts import told
from strate.report.evidence import Evidence, read_evidence
from strate.report.headline import gates_verdict, key_figures
from strate.report.numbers import count, percent
from strate.report.read import Facts, Totals, read_segments, read_totals
from strate.report.sections.parts import title_of
from strate.report.sections.sizes import sizes


def page() -> None:
    """Show the page."""
    publication = current()
    show.title("Customer segments", "How many customers there are in which segment, and what asks for attention.")
    if not needs("segments", because="there is nothing to show until a build has made it and it is published."):
        return
    totals = ask(publication, read_totals) if "customer_features" in publication.tables else Totals()
    evidence = (
        ask(publication, read_evidence, ("cluster_evidence",))
        if "clustering_candidates" in publication.tables
        else Evidence()
    )
    if totals.customer_count:
        show.key_figures(key_figures(totals, publication.currency, evidence.chosen))
    _attention()
    _news()
    _sizes()


def _attention() -> None:
    """Put gates and alerts in a line each."""
    publication = current()
    show.heading("What asks for attention")
    if "gate_results" in publication.tables:
        found = gates_verdict(ask(publication, gates))
        show.verdict(found.look, found.sentence)
    else:
        show.verdict("unknown", "The last run before the publication tested no gates.")
    if "segment_alerts" in publication.tables:
        show.verdict(*told(ask(publication, alerts)))
    left, right = st.columns(2)
    with left:
        link("quality", "Gates and quality")
    with right:
        link("alerts", "Alerts")


def _news() -> None:
    """Say what is other than at the date before."""
    publication = current()
    show.heading("What is new")
    rows = ask(publication, movement_since) if "segment_transitions" in publication.tables else []
    if not rows:
        show.text("There is no date before this one: a build of a later date shows who came, went and moved.")
        return
    _, before, after, came, went, *_ = rows[0]
    show.text(
        f"From {before.day} {before:%B} {before.year} to {after.day} {after:%B} {after.year}, {count(came)} customers "
        f"came and {count(went)} went."
    )
    show.key_figures(
        [
            (percent(moved / both) if both else "none", title_of(name), f"{count(moved)} of {count(both)} moved")
            for name, _, _, _, _, moved, both in rows
        ]
    )
    link("movement", "Who moved, and why")


def _sizes() -> None:
    """Put the sizes of one segmentation."""
    publication = current()
    segments = ask(publication, read_segments)
    show.heading("How large the segments are")
    if not segments:
        show.empty("No customer is in a segment.")
        return
    facts = Facts(publication.as_of_date, segments)
    names = facts.segmentations()
    chosen = address.choose_segmentation(names)
    facts = Facts(publication.as_of_date, [one for one in segments if one.segmentation == chosen])
    for number, figure in enumerate(sizes(facts).figures):
        show.figure(figure, f"sizes-{number}")
    link("segments", "The segments one by one", segmentation=chosen)
