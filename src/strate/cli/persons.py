"""Commands about single persons, and about the key of their ids."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, print_json, stop, told
from strate.cli.options import (
    DATABASE,
    LOGS,
    PUBLIC,
    PUBLIC_VARIABLE,
    TARGET,
    AnonymousId,
    AsJson,
    CrmCustomerId,
    CustomerId,
    Database,
    Email,
    ErpCustomerId,
    Logs,
    Phone,
    Schema,
    Target,
    UserId,
)


@app.command()
@told
def rotate_key(
    database: Database = DATABASE,
    schema: Schema = "main",
    as_json: AsJson = False,
) -> None:
    """Give every customer the id of a new key.

    STRATE_PSEUDONYM_KEY is the new one, STRATE_FORMER_PSEUDONYM_KEY the one before.
    """
    import os

    from strate.key_rotation import FORMER_VARIABLE
    from strate.key_rotation import rotate_key as rotate
    from strate.pseudonyms import VARIABLE

    done = rotate(database, schema, os.environ.get(FORMER_VARIABLE), os.environ.get(VARIABLE))
    if as_json:
        print_json(done)
        return
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


@app.command("erase")
@told
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
    database: Database = DATABASE,
    schema: Schema = "main",
    target: Target = TARGET,
    logs: Logs = LOGS,
    as_json: AsJson = False,
) -> None:
    """Erase a person from all tables, dbt's folders and the bytes of the database, and write a certificate.

    Without a person or a file: those in the input erasure_requests who have no certificate yet.

    Exit code 0: nothing of them is left here; 1: it was not confirmed; 2: an error, and the message says what to do;
    3: some place or request is listed that somebody has to see to.
    """
    given = {name: value for name, value in locals().items() if value is not None}

    import os

    from rich.console import Console

    from strate.persons import KINDS, Erasure, Places, erase, explain, requests_of
    from strate.pseudonyms import VARIABLE, has_key

    console = Console()
    if as_json and not (yes or dry_run):
        raise stop("--json asks nothing: add --yes to erase for good, or --dry-run.")
    for path in search or []:
        if not path.exists():
            raise stop(f"--search {path} does not exist.")
    own = [Path("strate_report.html"), Path(os.environ.get(PUBLIC_VARIABLE) or PUBLIC)]
    others = [*(search or []), *(path for path in own if path.exists())]
    is_wanted = True

    def confirm(plans: list[Erasure]) -> bool:
        nonlocal is_wanted
        for plan in plans if not as_json else []:
            console.print(explain(plan, is_done=False))
        is_wanted = not dry_run and (not plans or typer.confirm("Erase for good?"))
        return is_wanted

    done = erase(
        Places(database, schema, target, logs, others),
        requests_of(schema, {name: value for name, value in given.items() if name in KINDS}, request),
        None if yes and not dry_run else confirm,
    )
    if as_json:
        print_json(done)
        raise typer.Exit(code=0 if dry_run or all(erasure.is_complete for erasure in done) else 3)
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
@told
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
    database: Database = DATABASE,
    schema: Schema = "main",
) -> None:
    """Write all that Strate has of a person, for whoever asks what is known of them.

    Exit code 0: written; 1: nobody was found; 2: an error, and the message says what to do.
    """
    given = {name: value for name, value in locals().items() if value is not None}

    from strate.persons import FORMATS, KINDS, Request, export_person

    if file_format not in FORMATS:
        raise stop(f"--format must be one of {', '.join(FORMATS)}, not {file_format!r}.")
    out = out or Path("person.json" if file_format == "json" else "person")
    request = Request.of(**{name: value for name, value in given.items() if name in KINDS})
    done = export_person(database, schema, request, out, file_format)
    if not done.row_counts:
        typer.echo("Nobody was found, and nothing was written.")
        raise typer.Exit(code=1)
    typer.echo(f"{sum(done.row_counts.values()):,} rows of {len(done.row_counts)} relations: written to {out}")
