"""What is to be known first: key figures, the date, and whether the gates hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from strate.report.evidence import Candidate
from strate.report.numbers import count, percent, short
from strate.report.read import Totals
from strate.summary import VERDICTS, Gate


@dataclass(frozen=True)
class Verdict:
    """What is to be known first: subject, look (good, fair, bad or unknown), sentence, and lines that unfold."""

    subject: str
    look: str
    sentence: str
    lines: Sequence[str] = ()
    is_open: bool = False


def day(of: date | None) -> str:
    """Return a date in words: 31 December 2025."""
    return "no date, as there are no customers" if of is None else f"{of.day} {of:%B} {of.year}"


def key_figures(totals: Totals, currency: str | None, chosen: Candidate | None) -> list[tuple[str, str, str]]:
    """Return figures to stand at the top: the figure, what it is, and more on it."""
    figures = [(short(totals.customer_count), "customer" if totals.customer_count == 1 else "customers", "")]
    if totals.buyer_count is not None and totals.customer_count:
        share = percent(totals.buyer_count / totals.customer_count)
        figures.append((short(totals.buyer_count), "have ordered", f"{share} of customers"))
        figures.append((short(totals.order_count or 0), "orders", ""))
    if totals.revenue is not None:
        unit = f"{currency} after returns" if currency else "reporting currency, after returns"
        figures.append((short(totals.revenue), "revenue", unit))
        figures.append((short(totals.revenue_365_days or 0), "revenue, 365 days", unit))
    if chosen and chosen.cluster_count is not None:
        more = "" if chosen.silhouette is None else f"silhouette {chosen.silhouette:.2f}"
        figures.append((count(chosen.cluster_count), "clusters" if chosen.cluster_count > 1 else "cluster", more))
    return figures


def gates_verdict(gates: Sequence[Gate]) -> Verdict:
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
