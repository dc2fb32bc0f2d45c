"""Demo data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from strate.cli.app import app, stop, told


@app.command()
@told
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
    from rich.table import Table

    from strate.demo.generator import Generator, Volume
    from strate.demo.writers import FORMATS, write_demo, write_seeds

    out = out or Path("seeds/demo" if seeds else "demo")
    if customers < 1:
        raise stop(f"--customers must be at least 1, not {customers}.")
    if seed < 0:
        raise stop(f"--seed must not be negative, not {seed}.")
    if file_format not in FORMATS:
        raise stop(f"--format must be one of {', '.join(FORMATS)}, not {file_format!r}.")
    if lines_per_order < 1 or events_per_session < 1:
        raise stop("--lines-per-order and --events-per-session must be at least 1.")
    if out.exists() and not out.is_dir():
        raise stop(f"--out {out} is a file, not a folder.")
    if not seeds and not force and out.is_dir() and any(out.iterdir()):
        raise stop(f"--out {out} is not empty; choose another folder or add --force.")

    console = Console()
    if seeds:
        rows, _ = write_seeds(out)
    else:
        out.mkdir(parents=True, exist_ok=True)
        volume = Volume(lines_per_order=lines_per_order, events_per_session=events_per_session)
        rows = write_demo(Generator(customers, seed, volume), out, file_format)
    summary = Table("table", "rows")
    summary.columns[1].justify = "right"
    for name, count in rows.items():
        summary.add_row(name, f"{count:,}")
    console.print(summary)
    console.print(f"Written to {out}")
