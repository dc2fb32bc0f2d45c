"""The dashboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, told


@app.command()
@told
def dashboard(
    database: Annotated[
        Path, typer.Option(envvar="STRATE_PUBLIC_PATH", help="Published copy, which `strate publish` makes.")
    ] = Path("strate_public.duckdb"),
    host: Annotated[
        str, typer.Option(help="Address to listen on; any but 127.0.0.1 needs a token in STRATE_DASHBOARD_TOKEN.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8501,
) -> None:
    """Serve the dashboard of the published copy, and go on until Ctrl+C. It follows new publications."""
    from strate.dashboard.server import run_dashboard

    run_dashboard(database, host, port, typer.echo)
