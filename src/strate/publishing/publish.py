"""Publishing a build: one copy of what is public, and from it every other target."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strate.database import is_encrypted
from strate.files import put_in_place
from strate.publishing.claim import claim
from strate.publishing.parquet import write_parquet
from strate.publishing.plan import read_plan
from strate.publishing.postgres import PostgresTarget, check_postgres, write_postgres
from strate.publishing.source import Publication, Source, copy_public


@dataclass(frozen=True)
class Targets:
    """Where to publish.

    Attributes
    ----------
    duckdb : pathlib.Path
        DuckDB file; always made, since the others are made from it.
    parquet : pathlib.Path, optional
        Folder of Parquet files.
    postgres : PostgresTarget, optional
        Schema of a Postgres database.
    keep : int
        How many earlier publications stay in the folder of Parquet files.
    unencrypted : bool
        Whether Parquet and Postgres, which are not encrypted, may be made from an encrypted build.
    """

    duckdb: Path
    parquet: Path | None = None
    postgres: PostgresTarget | None = None
    keep: int = 2
    unencrypted: bool = False


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
        If the build cannot be read, another publication is at work on a target, or Postgres refuses something. Targets
        that were published before stay so: DuckDB comes first, then Parquet, then Postgres.
    ValueError
        If something public cannot be published, or would be unencrypted though the build is not.
    """
    plan = read_plan(source.target)
    if targets.postgres:
        check_postgres(targets.postgres)
    with claim(targets.duckdb) as folder:
        copy = folder / targets.duckdb.name
        say(f"Reading the public tables of {source.database} ...")
        publication = copy_public(source, plan, copy, wait=wait, force=force, say=say)
        if (targets.parquet or targets.postgres) and not targets.unencrypted and is_encrypted(copy):
            raise ValueError(
                f"{source.database} is encrypted, and Parquet and Postgres would hold it unencrypted: say "
                "--unencrypted if that is meant, or publish to DuckDB alone. Nothing was published."
            )
        # What somebody wrote to the old copy would be applied to the new one.
        Path(f"{targets.duckdb}.wal").unlink(missing_ok=True)
        put_in_place(copy, targets.duckdb)
        say(f"Published to {targets.duckdb}.")
        if targets.parquet:
            write_parquet(targets.duckdb, targets.parquet, publication, targets.keep, say)
        if targets.postgres:
            write_postgres(targets.duckdb, targets.postgres, plan.tables, say)
    return publication
