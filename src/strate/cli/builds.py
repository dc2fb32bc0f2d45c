"""What a build made, and what differs between two."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, print_json, stop, told
from strate.cli.options import DATABASE, TARGET, AsJson, Database, ProjectFolder, Schema, Target, Variables


@app.command()
@told
def summary(
    database: Database = DATABASE,
    schema: Schema = "main",
    target: Target = TARGET,
    as_json: AsJson = False,
) -> None:
    """Show what the last build made: segments, sizes, gates, and where the tables are."""
    from rich.console import Console

    from strate.summary import read_summary, render_summary

    found = read_summary(database, schema, target)
    if as_json:
        print_json(found)
        return
    Console().print(render_summary(found))


@app.command()
@told
def report(
    database: Database = DATABASE,
    schema: Schema = "main",
    target: Target = TARGET,
    out: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("strate_report.html"),
    map_method: Annotated[
        str | None,
        typer.Option("--map", help=r"Add a map of neighbours: tsne or umap (needs strate\[umap]).", show_default=False),
    ] = None,
) -> None:
    """Write the pictures of the last build to one HTML file that opens without a network."""
    from strate.report import write_report
    from strate.report.neighbour_map import METHODS

    if map_method is not None and map_method not in METHODS:
        raise stop(f"--map must be one of {', '.join(METHODS)}, not {map_method!r}.")
    size = write_report(database, schema, target, out, map_method)
    typer.echo(f"Written to {out} ({size / 1e6:.1f} MB). Open it in a browser.")


@app.command()
@told
def rules(
    database: Database = DATABASE,
    schema: Schema = "main",
    project: ProjectFolder = Path(),
    variables: Variables = "{}",
    as_json: AsJson = False,
) -> None:
    """Dry run of the rules: how many customers each would have, who would come and go, and overlaps. Writes nothing."""
    from rich.console import Console

    from strate.rules import dry_run, render_dry_run

    found = dry_run(database, schema, project, variables)
    if as_json:
        print_json(found)
        return
    Console().print(render_dry_run(found))


@app.command()
@told
def diff(
    base: Annotated[Path, typer.Argument(help="DuckDB file of the build before the change.", show_default=False)],
    head: Annotated[Path, typer.Argument(help="DuckDB file of the build after it.", show_default=False)],
    base_schema: Annotated[str, typer.Option(help="Schema of base's marts.")] = "main",
    head_schema: Annotated[str, typer.Option(help="Schema of head's marts.")] = "main",
    base_target: Annotated[
        Path | None, typer.Option(help="dbt's target folder of base, to compare gates.", show_default=False)
    ] = None,
    head_target: Annotated[
        Path | None, typer.Option(help="dbt's target folder of head, to compare gates.", show_default=False)
    ] = None,
    file_format: Annotated[str, typer.Option("--format", help="markdown, json or html.")] = "markdown",
    out: Annotated[
        Path | None, typer.Option(help="File to write; without it the terminal.", show_default=False)
    ] = None,
    project: ProjectFolder = Path(),
    variables: Variables = "{}",
) -> None:
    """Compare two builds: who would be in which other segment, and what else changes.

    Exit code 0: all within the thresholds; 1: something is beyond one; 2: an error, and the message says what to do.
    """
    import json

    from strate.diff import FORMATS, Build, Thresholds, compare_builds, diff_page, render_markdown
    from strate.report.page import check_out, write_page

    if file_format not in FORMATS:
        raise stop(f"--format must be one of {', '.join(FORMATS)}, not {file_format!r}.")
    if file_format == "html" and out is None:
        raise stop("--format html needs a file: name it with --out.")
    if out is not None:
        check_out(out)
    found = compare_builds(
        Build(base, base_schema, base_target),
        Build(head, head_schema, head_target),
        Thresholds.of_project(project, variables),
    )
    if file_format == "html":
        write_page(diff_page(found), out)
    else:
        text = render_markdown(found) if file_format == "markdown" else json.dumps(found.to_dict(), indent=2) + "\n"
        if out is None:
            typer.echo(text, nl=False)
        else:
            out.write_text(text, encoding="utf-8")
    if out is not None:
        typer.echo(f"Written to {out}. {len(found.findings)} beyond a threshold.")
    if found.findings:
        raise typer.Exit(code=1)
