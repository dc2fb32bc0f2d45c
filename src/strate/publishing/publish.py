"""Publishing a build: one copy of what is public, and from it every other target."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strate.files import put_in_place
from strate.publishing.claim import claim
from strate.publishing.plan import read_plan
from strate.publishing.source import Publication, Source, copy_public


@dataclass(frozen=True)
class Targets:
    """Where to publish.

    Attributes
    ----------
    duckdb : pathlib.Path
        DuckDB file; always made, since the others are made from it.
    """

    duckdb: Path


def publish(
    source: Source,
    targets: Targets,
    *,
    wait: float = 60,
    force: bool = False,
    say: Callable[[str], None] = lambda sentence: None,
) -> Publication:
    """Publish what is public of a build; each target is replaced as a whole or not at all.

    Parameters
    ----------
    source : Source
        The build.
    targets : Targets
        Where to.
    wait : float
        Seconds to wait for a build that has the file open.
    force : bool
        Whether a build that failed or was killed is published too.
    say : callable
        Takes a sentence on each step.

    Raises
    ------
    FileNotFoundError
        If the build, dbt's manifest or the folder of a target is not there.
    RuntimeError
        If the build cannot be read, or another publication is at work on a target.
    ValueError
        If something public cannot be published.
    """
    plan = read_plan(source.target)
    with claim(targets.duckdb) as folder:
        copy = folder / targets.duckdb.name
        say(f"Reading the public tables of {source.database} ...")
        publication = copy_public(source, plan, copy, wait=wait, force=force, say=say)
        # What somebody wrote to the old copy would be applied to the new one.
        Path(f"{targets.duckdb}.wal").unlink(missing_ok=True)
        put_in_place(copy, targets.duckdb)
        say(f"Published to {targets.duckdb}.")
    return publication
