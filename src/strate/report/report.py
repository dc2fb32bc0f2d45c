"""The report of a build."""

from pathlib import Path

from strate.progress import stage
from strate.report.headline import day, gates_verdict, key_figures
from strate.report.page import Page, check_out, write_page
from strate.report.read import read_facts
from strate.report.sections import build_sections


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
            subtitle=f"As of {day(facts.as_of_date)}",
            key_figures=key_figures(facts.totals, facts.settings.currency, facts.evidence.chosen),
            verdict=gates_verdict(facts.gates),
            sections=build_sections(facts),
        )
        step()
        return write_page(page, out)
