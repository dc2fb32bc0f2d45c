"""The page: sections, styles and scripts in one HTML file that opens without a network."""

import json
from collections.abc import Sequence
from datetime import date
from functools import cache
from pathlib import Path

import altair as alt
import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from strate.report.charts import CONFIG
from strate.report.numbers import count, money, percent
from strate.report.read import Facts, read_facts
from strate.report.sections import Section, build_sections
from strate.summary import Gate


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
    if out.is_dir():
        raise IsADirectoryError(f"--out {out} is a folder: name a file in it, such as {out / 'report.html'}.")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}.")
    page = render(read_facts(database, schema, target, map_method)).encode()
    unfinished = out.with_name(out.name + ".unfinished")
    unfinished.write_bytes(page)
    unfinished.replace(out)
    return len(page)


def render(facts: Facts) -> str:
    """Return the page of a build as HTML."""
    sections = build_sections(facts)
    environment = Environment(
        loader=PackageLoader("strate.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        as_of_date=_day(facts.as_of_date),
        key_figures=_key_figures(facts),
        gates=_gates(facts.gates),
        sections=sections,
        specs=_as_script_data(_specs(sections)),
        config=_as_script_data(CONFIG),
        style=Markup(_text("page.css")),
        library=_library(),
        script=_as_script(_text("page.js")),
    )


@cache
def _library() -> Markup:
    """Return Vega and what belongs to it, in the version for which Altair writes; finding it takes seconds."""
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return _as_script(vl_convert.javascript_bundle(vl_version=version))


def _specs(sections: Sequence[Section]) -> dict[str, object]:
    """Return each chart under the id of its place on the page: section and number of the figure."""
    return {
        f"{section.id}-{number}": figure.spec
        for section in sections
        for number, figure in enumerate(section.figures, 1)
        if figure.spec is not None
    }


def _text(name: str) -> str:
    """Return a file of the template folder."""
    return (Path(__file__).with_name("template") / name).read_text(encoding="utf-8")


def _as_script(code: str) -> Markup:
    """Return JavaScript that cannot end its script element: only texts and patterns hold what is changed."""
    return Markup(code.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _as_script_data(data: object) -> Markup:
    """Return JSON that cannot end its script element, whatever its texts hold."""
    return Markup(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))


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


def _gates(gates: Sequence[Gate]) -> dict[str, object]:
    """Return the outcome of the gates: a class for its look, a sentence, and a row for each gate."""
    verdicts = {"pass": "holds", "warn": "warns", "skipped": "was skipped"}
    failed = [gate for gate in gates if gate.status not in verdicts]
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
    rows = [
        (gate.name.replace("_", " "), verdicts.get(gate.status, "does not hold"), gate.finding_count) for gate in gates
    ]
    return {"look": look, "sentence": sentence, "rows": rows}


def _names(gates: Sequence[Gate]) -> str:
    """Join the names of gates."""
    return ", ".join(gate.name.replace("_", " ") for gate in gates)
