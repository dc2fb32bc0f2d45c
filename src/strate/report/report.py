"""The report of a build."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from strate.progress import stage
from strate.report.numbers import count, money, percent
from strate.report.page import Page, Verdict, check_out, write_page
from strate.report.read import Facts, read_facts
from strate.report.sections import build_sections
from strate.summary import VERDICTS, Gate


def write_report(database: Path, schema: str, target: Path, out: Path, map_method: str | None = None) -> int:
    """Write the report of a build; the same build gives the same bytes.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    target : pathlib.Path
        dbt's target folder.
    out : pathlib.Path
        HTML file to write; one that is there is replaced.
    map_method : {'tsne', 'umap'}, optional
        Method of a map of neighbours, which takes up to a minute; none is drawn without it.

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    FileNotFoundError
        If the database, a mart or the folder to write to is not there.
    IsADirectoryError
        If `out` is a folder.
    RuntimeError
        If a build is writing to the database, or the library of the method is not installed.
    """
    check_out(out)
    with stage("Report: read, draw, write", 3) as step:
        facts = read_facts(database, schema, target, map_method)
        step()
        page = Page(
            title="Customer segments",
            subtitle=f"As of {_day(facts.as_of_date)}",
            key_figures=_key_figures(facts),
            verdict=_gates(facts.gates),
            sections=build_sections(facts),
        )
        step()
        return write_page(page, out)


def _day(day: date | None) -> str:
    """Return a date in words: 31 December 2025."""
    return "no date, as there are no customers" if day is None else f"{day.day} {day:%B} {day.year}"


def _key_figures(facts: Facts) -> list[tuple[str, str, str]]:
    """Return figures to stand at the top: the figure, what it is, and more on it."""
    totals, currency = facts.totals, facts.settings.currency
    figures = [(count(totals.customer_count), "customer" if totals.customer_count == 1 else "customers", "")]
    if totals.buyer_count is not None and totals.customer_count:
        share = percent(totals.buyer_count / totals.customer_count)
        figures.append((count(totals.buyer_count), "have ordered", f"{share} of customers"))
        figures.append((count(totals.order_count or 0), "orders", ""))
    if totals.revenue is not None:
        unit = f"{currency} after returns" if currency else "reporting currency, after returns"
        figures.append((money(totals.revenue, None), "revenue", unit))
        figures.append((money(totals.revenue_365_days or 0, None), "revenue, 365 days", unit))
    chosen = facts.evidence.chosen
    if chosen and chosen.cluster_count is not None:
        more = "" if chosen.silhouette is None else f"silhouette {chosen.silhouette:.2f}"
        figures.append((count(chosen.cluster_count), "clusters" if chosen.cluster_count > 1 else "cluster", more))
    return figures


def _gates(gates: Sequence[Gate]) -> Verdict:
    """Return the outcome of the gates, and a line for each of them."""
    failed = [gate for gate in gates if gate.status not in VERDICTS]
    others = [gate for gate in gates if gate.status in ("warn", "skipped")]
    if not gates:
        look, sentence = "unknown", "The last dbt run tested no gates, or its target folder is not here."
    elif failed:
        look = "bad"
        verb = "does" if len(failed) == 1 else "do"
        sentence = f"{len(failed)} of {len(gates)} gates {verb} not hold: {_names(failed)}."
    elif others:
        look = "fair"
        sentence = f"No gate failed, but {len(others)} of {len(gates)} warned or were skipped: {_names(others)}."
    else:
        look, sentence = "good", f"All {len(gates)} gates hold."
    lines = []
    for gate in gates:
        line = f"{gate.name.replace('_', ' ')}: {gate.verdict}"
        if gate.finding_count:
            line += f" ({gate.finding_count} {'finding' if gate.finding_count == 1 else 'findings'})"
        lines.append(line)
    return Verdict("Gates", look, sentence, lines)


def _names(gates: Sequence[Gate]) -> str:
    """Join the names of gates."""
    return ", ".join(gate.name.replace("_", " ") for gate in gates)
