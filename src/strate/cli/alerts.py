"""Telling people what fell or rose."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, print_json, stop, told
from strate.cli.options import DATABASE, AsJson, Database, Schema


@app.command()
@told
def alert(
    database: Database = DATABASE,
    schema: Schema = "main",
    state: Annotated[Path, typer.Option(help="SQLite file that keeps what was told.")] = Path("strate_alerts.sqlite"),
    link: Annotated[
        str | None,
        typer.Option(envvar="STRATE_DASHBOARD_URL", help="Address of the dashboard, for links.", show_default=False),
    ] = None,
    cool_down: Annotated[
        float, typer.Option(min=0, help="Hours in which the same fall or rise of a segment is not told again.")
    ] = 24,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be told, and tell nobody.")] = False,
    as_json: AsJson = False,
) -> None:
    """Tell people of events in segment_alerts that began or ended since they were last told.

    The environment variable STRATE_ALERT_URLS has the addresses, as Apprise writes them, with blanks between: Slack,
    Teams, e-mail, webhooks and others. They hold secrets and are never shown. The database is that of a build or the
    published copy.

    Exit code 0: all are told; 2: an error, and the message says what to do; 3: some address could not be reached, and
    is told in the next run.
    """
    import os
    from datetime import timedelta

    from strate.alerts.delivery import State, deliver, preview
    from strate.alerts.messages import body_of, title_of
    from strate.alerts.read import read_alerts
    from strate.alerts.targets import VARIABLE, targets_of

    if link is not None and not link.startswith(("http://", "https://")):
        raise stop(f"--link must begin with http:// or https://, not {link!r}.")
    targets = targets_of(os.environ.get(VARIABLE))
    if not targets:
        raise stop(f"{VARIABLE} names nobody to tell: set it to one or more addresses, as docs/alerts.md shows.")
    alerts = read_alerts(database, schema)
    pause = timedelta(hours=cool_down)
    known = State(None if dry_run and not state.exists() else state)
    try:
        done = (
            preview(targets, alerts, known, pause)
            if dry_run
            else deliver(targets, alerts, known, cool_down=pause, link=link)
        )
    finally:
        known.close()
    if as_json:
        print_json(done)
    else:
        for one in done:
            what = one.status.replace("_", " ") + (f", {title_of(one.news)}" if one.news else "")
            typer.echo(f"{one.target}: {what}")
            if one.status == "would_send":
                typer.echo(body_of(one.news, link))
    failed = [one for one in done if one.status == "failed"]
    for one in failed:
        typer.echo(f"Not told: {one.target}, tried {one.attempts} times: {one.reason}", err=True)
    if failed:
        raise typer.Exit(code=3)
