"""What BI tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, print_json, stop, told
from strate.cli.options import DATABASE, PUBLIC, PUBLIC_VARIABLE, TARGET, AsJson, Database, Target


@app.command()
@told
def publish(
    database: Database = DATABASE,
    target: Target = TARGET,
    duckdb: Annotated[Path, typer.Option(envvar=PUBLIC_VARIABLE, help="DuckDB file to publish to.")] = PUBLIC,
    parquet: Annotated[
        Path | None, typer.Option(help="Folder to publish to as Parquet files.", show_default=False)
    ] = None,
    keep: Annotated[int, typer.Option(min=0, help="Earlier publications that stay in that folder.")] = 2,
    postgres: Annotated[
        bool, typer.Option("--postgres", help="Publish to the Postgres database in STRATE_POSTGRES_URL.")
    ] = False,
    postgres_schema: Annotated[str, typer.Option(help="Schema of Postgres to publish to.")] = "strate",
    reader: Annotated[
        str | None,
        typer.Option(help="Role of Postgres that may read what is published; made if missing.", show_default=False),
    ] = None,
    unencrypted: Annotated[
        bool, typer.Option("--unencrypted", help="Allow Parquet and Postgres from an encrypted build.")
    ] = False,
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for a build that has the database open.")] = 60,
    force: Annotated[bool, typer.Option("--force", help="Publish although the last run failed or was killed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Copy the public tables to where BI tools read them, all at once; readers are not disturbed.

    Exit code 0: published; 2: an error, and the message says what to do.
    """
    from strate.publishing import PostgresTarget, Source, Targets
    from strate.publishing import publish as publish_build

    def say(sentence: str) -> None:
        typer.echo(sentence, err=True)

    if reader and not postgres:
        raise stop("--reader names a role of Postgres: add --postgres.")
    targets = Targets(
        duckdb,
        parquet,
        PostgresTarget.of_environment(postgres_schema, reader) if postgres else None,
        keep,
        unencrypted,
    )
    done = publish_build(Source(database, target), targets, wait=wait, force=force, say=say)
    if as_json:
        print_json(done)
        return
    typer.echo(
        f"{sum(done.row_counts.values()):,} rows of {len(done.row_counts)} tables, as of {done.as_of_date}; the "
        f"build's file was open for {done.open_seconds:.1f} seconds."
    )
    if done.missing:
        typer.echo(f"Not in the build, and so not published: {', '.join(done.missing)}.")
