"""Command line of Strate."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Customer segmentation that lives in the warehouse.",
    no_args_is_help=True,
    pretty_exceptions_show_locals=False,  # a stack trace shows neither people nor the key
)

audit_app = typer.Typer(help="The audit log: who did what when.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")


@app.callback()
def main() -> None:
    """Offer the commands below."""


def _stop(message: str) -> typer.Exit:
    typer.echo(f"Error: {message}", err=True)
    return typer.Exit(code=2)


@app.command()
def demo(
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to: demo, or seeds/demo with --seeds.", show_default=False)
    ] = None,
    customers: Annotated[int, typer.Option(help="Number of customers.")] = 10_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same data.")] = 7,
    file_format: Annotated[str, typer.Option("--format", help="parquet (typed) or csv (text, with dirt).")] = "parquet",
    lines_per_order: Annotated[float, typer.Option(help="Mean lines of an order.")] = 3.3,
    events_per_session: Annotated[float, typer.Option(help="Mean tracking events of a session.")] = 8.3,
    seeds: Annotated[bool, typer.Option("--seeds", help="Regenerate the demo seeds instead; fixed size.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Write into a folder that is not empty.")] = False,
) -> None:
    """Write demo data: one file per input of the contract, and truth.parquet, which no model reads.

    To regenerate the repository's seeds byte for byte: strate demo --seeds
    """
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
    from rich.table import Table

    from strate.demo.generator import Generator, Volume
    from strate.demo.writers import FORMATS, write_demo, write_seeds

    out = out or Path("seeds/demo" if seeds else "demo")
    if customers < 1:
        raise _stop(f"--customers must be at least 1, not {customers}.")
    if seed < 0:
        raise _stop(f"--seed must not be negative, not {seed}.")
    if file_format not in FORMATS:
        raise _stop(f"--format must be one of {', '.join(FORMATS)}, not {file_format!r}.")
    if lines_per_order < 1 or events_per_session < 1:
        raise _stop("--lines-per-order and --events-per-session must be at least 1.")
    if out.exists() and not out.is_dir():
        raise _stop(f"--out {out} is a file, not a folder.")
    if not seeds and not force and out.is_dir() and any(out.iterdir()):
        raise _stop(f"--out {out} is not empty; choose another folder or add --force.")

    console = Console()
    if seeds:
        rows, _ = write_seeds(out)
    else:
        out.mkdir(parents=True, exist_ok=True)
        volume = Volume(lines_per_order=lines_per_order, events_per_session=events_per_session)
        generator = Generator(customers, seed, volume)
        bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,}/{task.total:,} chunks"),
            TimeElapsedColumn(),
            console=console,
        )
        with bar:
            task = bar.add_task("Writing demo data", total=generator.n_chunks)
            rows = write_demo(generator, out, file_format, on_chunk=lambda chunk: bar.update(task, completed=chunk))
            bar.update(task, completed=generator.n_chunks)
    summary = Table("table", "rows")
    summary.columns[1].justify = "right"
    for name, count in rows.items():
        summary.add_row(name, f"{count:,}")
    console.print(summary)
    console.print(f"Written to {out}")


@app.command()
def summary(
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
    target: Annotated[Path, typer.Option(envvar="DBT_TARGET_PATH", help="dbt's target folder.")] = Path("target"),
) -> None:
    """Show what the last build made: segments, sizes, gates, and where the tables are."""
    import duckdb
    from rich.console import Console

    from strate.summary import read_summary, render_summary

    try:
        found = read_summary(database, schema, target)
    except (OSError, RuntimeError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    Console().print(render_summary(found))


@app.command()
def report(
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
    target: Annotated[Path, typer.Option(envvar="DBT_TARGET_PATH", help="dbt's target folder.")] = Path("target"),
    out: Annotated[Path, typer.Option(help="HTML file to write.")] = Path("strate_report.html"),
    map_method: Annotated[
        str | None,
        typer.Option("--map", help=r"Add a map of neighbours: tsne or umap (needs strate\[umap]).", show_default=False),
    ] = None,
) -> None:
    """Write the pictures of the last build to one HTML file that opens without a network."""
    import duckdb

    from strate.report import write_report
    from strate.report.neighbour_map import METHODS

    if map_method is not None and map_method not in METHODS:
        raise _stop(f"--map must be one of {', '.join(METHODS)}, not {map_method!r}.")
    try:
        size = write_report(database, schema, target, out, map_method)
    except (OSError, RuntimeError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    typer.echo(f"Written to {out} ({size / 1e6:.1f} MB). Open it in a browser.")


@app.command()
def rules(
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
    project: Annotated[Path, typer.Option(help="Folder of the dbt project with the rules.")] = Path(),
    variables: Annotated[str, typer.Option("--vars", help="Vars over those of the project, as in dbt.")] = "{}",
) -> None:
    """Dry run of the rules: how many customers each would have, who would come and go, and overlaps. Writes nothing."""
    import duckdb
    from rich.console import Console

    from strate.rules import dry_run, render_dry_run

    try:
        found = dry_run(database, schema, project, variables)
    except (OSError, RuntimeError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    Console().print(render_dry_run(found))


@app.command()
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
    project: Annotated[Path, typer.Option(help="Folder of the dbt project with the thresholds.")] = Path(),
    variables: Annotated[str, typer.Option("--vars", help="Vars over those of the project, as in dbt.")] = "{}",
) -> None:
    """Compare two builds: who would be in which other segment, and what else changes.

    Exit code 0: all within the thresholds; 1: something is beyond one; 2: an error, and the message says what to do.
    """
    import json

    import duckdb

    from strate.diff import FORMATS, Build, Thresholds, compare_builds, diff_page, render_markdown
    from strate.report.page import check_out, write_page

    if file_format not in FORMATS:
        raise _stop(f"--format must be one of {', '.join(FORMATS)}, not {file_format!r}.")
    if file_format == "html" and out is None:
        raise _stop("--format html needs a file: name it with --out.")
    try:
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
    except (OSError, RuntimeError, ValueError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    if out is not None:
        typer.echo(f"Written to {out}. {len(found.findings)} beyond a threshold.")
    if found.findings:
        raise typer.Exit(code=1)


@app.command()
def rotate_key(
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
) -> None:
    """Give every customer the id of a new key.

    STRATE_PSEUDONYM_KEY is the new one, STRATE_FORMER_PSEUDONYM_KEY the one before.
    """
    import os

    import duckdb

    from strate.key_rotation import FORMER_VARIABLE
    from strate.key_rotation import rotate_key as rotate
    from strate.pseudonyms import VARIABLE

    try:
        done = rotate(database, schema, os.environ.get(FORMER_VARIABLE), os.environ.get(VARIABLE))
    except (OSError, RuntimeError, ValueError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    if done.was_done:
        typer.echo("The warehouse has this key already: nothing to do.")
        return
    typer.echo(f"{sum(done.row_counts.values()):,} rows of {len(done.row_counts)} tables have ids of the new key.")
    if done.kept_count:
        typer.echo(
            f"{done.kept_count:,} customers of the history have no account that is known any more: they keep their id."
        )
    if done.suppressed_count:
        typer.echo(
            f"{done.suppressed_count:,} identifiers of erased persons were kept out by the former key. Builds stop"
            ' until you have done what docs/erasure.md says under "A new key".'
        )
    typer.echo(
        "Seeds that name customers, such as segment_overrides, have to be changed by hand before the next build."
    )


# Who is meant, for the two commands about one person.
Email = Annotated[str | None, typer.Option(help="E-mail address of the person.", show_default=False)]
Phone = Annotated[str | None, typer.Option(help="Phone number, as +33612345678.", show_default=False)]
CustomerId = Annotated[str | None, typer.Option(help="Key of the marts.", show_default=False)]
CrmCustomerId = Annotated[str | None, typer.Option(help="Number in the CRM.", show_default=False)]
ErpCustomerId = Annotated[str | None, typer.Option(help="Number in the ERP.", show_default=False)]
UserId = Annotated[str | None, typer.Option(help="Log-in.", show_default=False)]
AnonymousId = Annotated[str | None, typer.Option(help="Key of a device or browser.", show_default=False)]


@app.command("erase")
def erase_persons(
    email: Email = None,
    phone: Phone = None,
    customer_id: CustomerId = None,
    crm_customer_id: CrmCustomerId = None,
    erp_customer_id: ErpCustomerId = None,
    user_id: UserId = None,
    anonymous_id: AnonymousId = None,
    request: Annotated[
        Path | None,
        typer.Option(
            help="CSV, JSON or Parquet file of requests; keeps names out of the shell's history.", show_default=False
        ),
    ] = None,
    search: Annotated[
        list[Path] | None, typer.Option(help="File or folder to look into as well; may be repeated.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
    target: Annotated[Path, typer.Option(envvar="DBT_TARGET_PATH", help="dbt's target folder.")] = Path("target"),
    logs: Annotated[Path, typer.Option(envvar="DBT_LOG_PATH", help="dbt's log folder.")] = Path("logs"),
) -> None:
    """Erase a person from all tables, dbt's folders and the bytes of the database, and write a certificate.

    Without a person or a file: those in the input erasure_requests who have no certificate yet.

    Exit code 0: nothing of them is left here; 1: it was not confirmed; 2: an error, and the message says what to do;
    3: some place or request is listed that somebody has to see to.
    """
    given = {name: value for name, value in locals().items() if value is not None}

    import duckdb
    from rich.console import Console

    from strate.persons import KINDS, Erasure, Places, erase, explain, requests_of
    from strate.pseudonyms import VARIABLE, has_key

    console = Console()
    for path in search or []:
        if not path.exists():
            raise _stop(f"--search {path} does not exist.")
    report = Path("strate_report.html")
    others = [*(search or []), *([report] if report.exists() else [])]
    is_wanted = True

    def confirm(plans: list[Erasure]) -> bool:
        nonlocal is_wanted
        for plan in plans:
            console.print(explain(plan, is_done=False))
        is_wanted = not dry_run and (not plans or typer.confirm("Erase for good?"))
        return is_wanted

    try:
        done = erase(
            Places(database, schema, target, logs, others),
            requests_of(schema, {name: value for name, value in given.items() if name in KINDS}, request),
            None if yes and not dry_run else confirm,
        )
    except (OSError, RuntimeError, ValueError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    if not done:
        typer.echo("No request is open.")
        return
    if not is_wanted:
        typer.echo("Nothing was changed.")
        raise typer.Exit(code=0 if dry_run else 1)
    for erasure in done:
        console.print(explain(erasure, is_done=True))
    if not has_key():
        typer.echo(
            f"No {VARIABLE}: suppressed_identifiers has plain hashes, by which anybody with a list of addresses "
            "can tell who was erased."
        )
    typer.echo("Averages, counts and models were made with them: run `dbt build`, which makes all anew without them.")
    if not all(erasure.is_complete for erasure in done):
        raise typer.Exit(code=3)


@app.command("export-person")
def export_one_person(
    email: Email = None,
    phone: Phone = None,
    customer_id: CustomerId = None,
    crm_customer_id: CrmCustomerId = None,
    erp_customer_id: ErpCustomerId = None,
    user_id: UserId = None,
    anonymous_id: AnonymousId = None,
    out: Annotated[
        Path | None,
        typer.Option(help="File or folder to write: person.json, or person with csv.", show_default=False),
    ] = None,
    file_format: Annotated[str, typer.Option("--format", help="json, or csv: a folder with a file a table.")] = "json",
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
) -> None:
    """Write all that Strate has of a person, for whoever asks what is known of them.

    Exit code 0: written; 1: nobody was found; 2: an error, and the message says what to do.
    """
    given = {name: value for name, value in locals().items() if value is not None}

    import duckdb

    from strate.persons import FORMATS, KINDS, Request, export_person

    if file_format not in FORMATS:
        raise _stop(f"--format must be one of {', '.join(FORMATS)}, not {file_format!r}.")
    out = out or Path("person.json" if file_format == "json" else "person")
    try:
        request = Request.of(**{name: value for name, value in given.items() if name in KINDS})
        done = export_person(database, schema, request, out, file_format)
    except (OSError, RuntimeError, ValueError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    if not done.row_counts:
        typer.echo("Nobody was found, and nothing was written.")
        raise typer.Exit(code=1)
    typer.echo(f"{sum(done.row_counts.values()):,} rows of {len(done.row_counts)} relations: written to {out}")


@audit_app.command()
def verify(
    database: Annotated[Path, typer.Option(envvar="STRATE_DUCKDB_PATH", help="DuckDB file that dbt wrote.")] = Path(
        "strate.duckdb"
    ),
    schema: Annotated[str, typer.Option(help="Schema of the marts.")] = "main",
    head: Annotated[
        str | None, typer.Option(help="Hash of an entry that you kept: it must still be there.", show_default=False)
    ] = None,
) -> None:
    """Recompute the chain of the audit log, and name the first entry that was changed. Exit code 1 if there is one."""
    import duckdb

    from strate.audit import verify_log

    try:
        found = verify_log(database, schema, head)
    except (OSError, RuntimeError, duckdb.Error) as error:
        raise _stop(str(error)) from error
    for problem in found.problems:
        typer.echo(problem, err=True)
    if found.problems:
        raise typer.Exit(code=1)
    typer.echo(f"The audit log is whole: {found.entry_count} entries, head {found.head}")


if __name__ == "__main__":
    app()
