"""Publishing a build: one copy of what is public, and from it every other target."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from strate.database import DatabaseBusyError, is_encrypted, open_database
from strate.files import put_in_place
from strate.publishing.claim import claim
from strate.publishing.parquet import write_parquet
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
        If something public cannot be published, a file that is no earlier publication would be replaced, or a copy
        would be unencrypted though the build is not.
    """
    place = targets.duckdb.resolve()
    _check_place(place, source.database)
    if targets.postgres:
        check_postgres(targets.postgres)
    with claim(place) as folder:
        copy = folder / place.name
        publication, plan = copy_public(source, copy, wait=wait, force=force, say=say)
        if (targets.parquet or targets.postgres) and not targets.unencrypted and is_encrypted(copy):
            raise ValueError(
                f"{source.database} is encrypted, and Parquet and Postgres would hold it unencrypted: say "
                "--unencrypted if that is meant, or publish to DuckDB alone. Nothing was published."
            )
        # What somebody wrote to the old copy would be applied to the new one.
        Path(f"{place}.wal").unlink(missing_ok=True)
        put_in_place(copy, place)
        say(f"Published to {targets.duckdb}.")
        if targets.parquet:
            write_parquet(place, targets.parquet, publication, targets.keep, say)
        if targets.postgres:
            write_postgres(place, targets.postgres, plan.tables, say)
    return publication


def _check_place(place: Path, database: Path) -> None:
    """Refuse to replace a file that is no earlier publication, such as the build itself."""
    if not place.exists():
        return
    is_earlier = False
    if place != database.resolve():
        try:
            with open_database(place, read_only=True) as connection:
                tables = connection.execute("select 1 from duckdb_tables() where table_name = 'publication'")
                is_earlier = bool(tables.fetchall())
        except DatabaseBusyError:  # a BI tool has it open for writing, which is no reason to wait
            is_earlier = True
    if not is_earlier:
        raise ValueError(
            f"{place} is not a copy that `strate publish` made, and would be lost: name another file with --duckdb, or "
            "delete this one."
        )
