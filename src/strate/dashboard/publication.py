"""The published copy as the dashboard reads it: opened anew when another is put in its place."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

import duckdb

from strate.database import open_apart

PATH_VARIABLE = "STRATE_PUBLIC_PATH"
DEFAULT_PATH = "strate_public.duckdb"


class PublicationError(RuntimeError):
    """There is no published copy to read; the message says why and what to do, in a sentence."""


@dataclass(frozen=True)
class Publication:
    """A published copy that is open.

    Attributes
    ----------
    key : str
        Another one for each publication, so that answers can be kept under it.
    connection : duckdb.DuckDBPyConnection
        Ask `cursor` instead: a connection serves one thread.
    tables : dict of str to frozenset of str
        Columns by table.
    published_at : datetime.datetime
        In UTC, without a zone.
    currency : str or None
        Of all amounts; None where the copy does not tell.
    """

    key: str
    connection: duckdb.DuckDBPyConnection
    tables: dict[str, frozenset[str]]
    published_at: datetime
    as_of_date: date | None
    strate_version: str
    currency: str | None = None

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return a connection of its own to the same file, in which the tables have their plain names."""
        cursor = self.connection.cursor()
        cursor.execute("use apart.main")
        return cursor

    def missing(self, tables: Collection[str]) -> list[str]:
        """Return those of some tables that are not there."""
        return [name for name in tables if name not in self.tables]


def publication_path() -> Path:
    """Return the file that the environment variable STRATE_PUBLIC_PATH names."""
    return Path(os.environ.get(PATH_VARIABLE, DEFAULT_PATH))


def file_identity(path: Path) -> str | None:
    """Return what changes when another file is put in the place of one; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"


def open_publication(path: Path) -> Publication:
    """Open the published copy.

    Raises
    ------
    PublicationError
        If there is no such file, it is none of DuckDB's, it cannot be opened, its key is missing or wrong, or it is
        not a published copy.
    """
    identity = file_identity(path)
    if identity is None:
        raise PublicationError(f"There is no published copy at {path}: run `strate publish --duckdb {path}`.")
    try:
        connection = open_apart(path)
    except (RuntimeError, duckdb.Error) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise PublicationError(
            f"{path} cannot be opened ({reason}): run `strate publish --duckdb {path}` to put a good copy in its place."
        ) from error
    try:
        return _read(connection, identity, path)
    except BaseException:
        connection.close()
        raise


def _read(connection: duckdb.DuckDBPyConnection, identity: str, path: Path) -> Publication:
    """Return what the copy says of itself."""
    columns = connection.execute(
        """
        select table_name, column_name from information_schema.columns
        where table_catalog = 'apart' and table_schema = 'main'
        """
    ).fetchall()
    tables: dict[str, set[str]] = {}
    for table, column in columns:
        tables.setdefault(table, set()).add(column)
    rows: list[dict] = []
    if "publication" in tables:
        found = connection.execute("select * from apart.main.publication")
        names = [name for name, *_ in found.description]
        rows = [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    if not rows:
        raise PublicationError(
            f"{path} is not a published copy, as it has no row in a table publication: the dashboard reads what "
            f"`strate publish --duckdb {path}` makes, never the database of a build."
        )
    about = rows[0]
    return Publication(
        key=f"{about['publication_id']} {identity}",
        connection=connection,
        tables={name: frozenset(of_it) for name, of_it in tables.items()},
        published_at=about["published_at"].replace(tzinfo=None),
        as_of_date=about["as_of_date"],
        strate_version=str(about["strate_version"]),
        currency=about.get("currency"),
    )
