"""Whether the gates hold, how good the clusters are, and how runs went."""

from __future__ import annotations

import pandas as pd

from strate.dashboard import show
from strate.dashboard.frame import current, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.runs import gates, runs
from strate.report.evidence import read_evidence
from strate.report.headline import gates_verdict
from strate.report.numbers import count
from strate.report.read import Facts, read_segments
from strate.report.sections.clusters import number_of_clusters
from strate.report.sections.evidence import evidence
from strate.report.sections.parts import words

ORDER = {"error": 0, "fail": 0, "warn": 1, "skipped": 2}


def page() -> None:
    """Show the page."""
    show.title("Quality", "Whether the segments can be relied on: gates, the clusters' evidence, and how runs went.")
    _gates()
    _runs()
    _clusters()


def _gates() -> None:
    """Put the gates of the last run."""
    show.heading("Gates of the last run", "Tests that fail or warn when segments, scores or data get bad.")
    if not needs("gate_results", because="the last run before the publication tested no gates."):
        return
    found = ask(current(), gates)
    verdict = gates_verdict(found)
    show.verdict(verdict.look, verdict.sentence)
    if not found:
        return
    rows = [
        (words(gate.name).capitalize(), gate.verdict, gate.finding_count)
        for gate in sorted(found, key=lambda gate: (ORDER.get(gate.status, 3), gate.name))
    ]
    show.table(pd.DataFrame(rows, columns=["gate", "outcome", "findings"]), "gates", "Gates of the last run")


def _runs() -> None:
    """Put the history of runs."""
    publication = current()
    show.heading("History of runs", "Times are in UTC.")
    if not needs("runs", because="runs are not part of it."):
        return
    found = ask(publication, runs, "relation_runs" in publication.tables)
    if found.empty:
        show.empty("No run was recorded yet.")
        return
    failed = found[found["outcome"] != "succeeded"]
    warned = int((found["gates_that_warned"] > 0).sum())
    many = f"the last {count(len(found))} runs" if len(found) > 1 else "the last run"
    show.text(
        f"Of {many} {count(len(failed)) if len(failed) else 'none'} failed or did not finish; "
        f"in {count(warned) if warned else 'none'} a gate warned."
    )
    show.table(
        found.assign(started_at=found["started_at"].dt.floor("s")),
        "runs",
        "History of runs",
        headers={
            "started_at": "started",
            "made": "models made",
            "not_made": "not made",
            "strate_version": "version",
        },
    )


def _clusters() -> None:
    """Put what speaks for the clusters."""
    publication = current()
    if publication.missing(["clustering_candidates", "segments"]):
        show.heading("How the clusters were chosen")
        needs("clustering_candidates", because="the clusterings that were tried are not part of it.")
        return
    facts = Facts(
        publication.as_of_date,
        ask(publication, read_segments),
        evidence=ask(publication, read_evidence, tuple(sorted(publication.tables))),
    )
    show.section(number_of_clusters(facts))
    stability = evidence(facts)
    show.section(stability, with_notes=not stability.figures)
