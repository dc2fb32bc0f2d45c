"""What BI tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, told
from strate.cli.options import DATABASE, TARGET, Database, Target


@app.command()
@told
def publish(
    database: Database = DATABASE,
    target: Target = TARGET,
    duckdb: Annotated[Path, typer.Option(envvar="STRATE_PUBLIC_PATH", help="DuckDB file to publish to.")] = Path(
        "strate_public.duckdb"
    ),
    wait: Annotated[float, typer.Option(min=0, help="Seconds to wait for a build that has the database open.")] = 60,
    force: Annotated[bool, typer.Option("--force", help="Publish although the last run failed or was killed.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was published as JSON.")] = False,
) -> None:
    """Copy the public tables to where BI tools read them, all at once; readers are not disturbed.

    Exit code 0: published; 2: an error, and the message says what to do.
    """
    import dataclasses
    import json

    from strate.publishing import Source, Targets
    from strate.publishing import publish as publish_build

    def say(sentence: str) -> None:
        typer.echo(sentence, err=as_json)

    done = publish_build(Source(database, target), Targets(duckdb), wait=wait, force=force, say=say)
    if as_json:
        typer.echo(json.dumps(dataclasses.asdict(done), indent=2, default=str))
        return
    typer.echo(
        f"{sum(done.row_counts.values()):,} rows of {len(done.row_counts)} tables, as of {done.as_of_date}; the "
        f"build's file was open for {done.open_seconds:.1f} seconds."
    )
    if done.missing:
        typer.echo(f"Not in the build, and so not published: {', '.join(done.missing)}.")
