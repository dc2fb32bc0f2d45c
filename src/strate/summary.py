"""What a build made: segments, sizes, gates and where the tables are."""

import json
from dataclasses import dataclass
from pathlib import Path

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from strate.database import open_marts
from strate.terminal import plain

MARTS = (
    ("segments", "size, share and meaning of each segment"),
    ("customer_segments", "who is in which segment"),
    ("segment_cards", "each segment in words: a sentence, a rule, a typical member"),
    ("segment_profiles", "what sets a segment apart"),
    ("customers", "one row per customer"),
    ("customer_features", "what was known of each customer by each date"),
    ("customer_scores", "how likely each customer buys, clicks or leaves, and one score of it all"),
    ("customer_values", "what each customer is expected to spend"),
    ("segment_rules", "your rules, their state and their customers"),
    ("rule_memberships", "who is in the segment of which rule"),
    ("hybrid_cells", "crossed segmentations, before small cells were joined"),
    ("clustering_candidates", "the clusterings tried and their quality"),
    ("rejected_rows", "rows of the inputs that could not be used, and why"),
)
"""Tables that the summary names, and what each answers."""


VERDICTS = {"pass": "holds", "warn": "warns", "skipped": "was skipped"}


@dataclass(frozen=True)
class Segment:
    """One row of the mart `segments`."""

    segmentation: str
    name: str
    customer_count: int
    customer_share: float


@dataclass(frozen=True)
class Gate:
    """One gate of the last run: its test's name, its status (pass, warn, fail, error, skipped) and its findings."""

    name: str
    status: str
    finding_count: int

    @property
    def verdict(self) -> str:
        """What became of it, in words."""
        return VERDICTS.get(self.status, "does not hold")


@dataclass(frozen=True)
class Summary:
    """What `read_summary` found."""

    database: Path
    schema: str
    as_of_date: str
    segments: list[Segment]
    gates: list[Gate]
    row_counts: dict[str, int]


def read_gates(target: Path) -> list[Gate]:
    """Return the gates of the last dbt run, as dbt wrote them down.

    Parameters
    ----------
    target : pathlib.Path
        dbt's target folder, with `manifest.json` and `run_results.json`.

    Returns
    -------
    list of Gate
        In the order of their names; empty when there was no run, it was killed while it wrote, or it tested nothing.
    """
    manifest, results = target / "manifest.json", target / "run_results.json"
    if not (manifest.exists() and results.exists()):
        return []
    try:
        nodes = json.loads(manifest.read_text())["nodes"]
        found = json.loads(results.read_text())["results"]
    except json.JSONDecodeError:  # a run was killed while it wrote them
        return []
    gates = []
    for result in found:
        node = nodes.get(result["unique_id"], {})
        if node.get("resource_type") == "test" and "gate" in node.get("tags", []):
            name = (node.get("test_metadata") or {}).get("name") or node["name"].removeprefix("assert_")
            gates.append(Gate(name, result["status"], result["failures"] or 0))
    return sorted(gates, key=lambda gate: gate.name)


def read_summary(database: Path, schema: str = "main", target: Path = Path("target")) -> Summary:
    """Read the marts of a build.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    target : pathlib.Path
        dbt's target folder.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no mart in it.
    RuntimeError
        If a build is writing to it.
    """
    with open_marts(database, schema, ["segments"]) as (connection, tables):
        segments = connection.execute(
            """
            select segmentation, segment_name, customer_count, customer_share, as_of_date
            from segments
            order by segmentation, customer_count desc, segment_key
            """
        ).fetchall()
        counts = {
            name: connection.execute(f'select count(*) from "{name}"').fetchall()[0][0]
            for name, _ in MARTS
            if name in tables
        }
    return Summary(
        database=database,
        schema=schema,
        as_of_date=str(segments[0][4]) if segments else "no date: there is no data",
        segments=[Segment(*row[:4]) for row in segments],
        gates=read_gates(target),
        row_counts=counts,
    )


def render_summary(summary: Summary) -> RenderableType:
    """Return a summary as something that rich can print."""
    segments = Table(title=f"Segments as of {summary.as_of_date}", title_justify="left", box=None, pad_edge=False)
    segments.add_column("segmentation")
    segments.add_column("segment")
    segments.add_column("customers", justify="right")
    segments.add_column("share", justify="right")
    previous = None
    for segment in summary.segments:
        if previous not in (None, segment.segmentation):
            segments.add_row()
        segments.add_row(
            "" if previous == segment.segmentation else plain(segment.segmentation),
            plain(segment.name),
            f"{segment.customer_count:,}",
            f"{segment.customer_share:.1%}",
        )
        previous = segment.segmentation

    failed = [gate for gate in summary.gates if gate.status not in ("pass", "warn")]
    warned = [gate for gate in summary.gates if gate.status == "warn"]
    gates = Text()
    if summary.gates:
        held = len(summary.gates) - len(failed) - len(warned)
        gates.append(f"Gates: {held} hold, {len(warned)} warn, {len(failed)} do not hold", style="bold")
        for gate in failed + warned:
            gates.append(f"\n  {gate.status}: {gate.name} ({gate.finding_count} findings)", style="red")
    else:
        gates.append("Gates: the last run tested none", style="bold")

    tables = Table(
        title=plain(f"Tables in {summary.database}, schema {summary.schema}"),
        title_justify="left",
        box=None,
        pad_edge=False,
    )
    tables.add_column("table")
    tables.add_column("rows", justify="right")
    tables.add_column("what it holds")
    for name, meaning in MARTS:
        if name in summary.row_counts:
            tables.add_row(name, f"{summary.row_counts[name]:,}", meaning)
    hint = Text("strate report writes the pictures of this build to one HTML file.")
    return Group(Text(), segments, Text(), gates, Text(), tables, Text(), hint)
