"""The audit log."""

from __future__ import annotations

from typing import Annotated

import typer

from strate.cli.app import app, print_json, told
from strate.cli.options import DATABASE, AsJson, Database, Schema

audit_app = typer.Typer(help="The audit log: who did what when.", no_args_is_help=True)
app.add_typer(audit_app, name="audit")


@audit_app.command()
@told
def verify(
    database: Database = DATABASE,
    schema: Schema = "main",
    head: Annotated[
        str | None, typer.Option(help="Hash of an entry that you kept: it must still be there.", show_default=False)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Recompute the chain of the audit log, and name the first entry that was changed. Exit code 1 if there is one."""
    from strate.audit import verify_log

    found = verify_log(database, schema, head)
    if as_json:
        print_json(found)
    else:
        for problem in found.problems:
            typer.echo(problem, err=True)
    if found.problems:
        raise typer.Exit(code=1)
    if not as_json:
        typer.echo(f"The audit log is whole: {found.entry_count} entries, head {found.head}")
