"""Two builds side by side, in one connection that cannot write to either."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from strate.database import database_name, is_encrypted
from strate.encryption import attach_encrypted

SIDES = ("base", "head")
NEEDED = ("segments", "customer_segments", "customer_features")


@dataclass(frozen=True)
class Build:
    """Where a build is.

    Attributes
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    target : pathlib.Path, optional
        dbt's target folder of that build, for its gates.
    """

    database: Path
    schema: str = "main"
    target: Path | None = None


class Pair:
    """The tables of two builds.

    Attributes
    ----------
    connection : duckdb.DuckDBPyConnection
        In memory; both builds are attached read-only.
    columns : dict of str to dict of str to dict of str to str
        By side and table the columns of each table with their types. Views are left out: those of an attached file name
        the database as it was called when they were made.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, places: dict[str, tuple[str, str]]) -> None:
        self.connection = connection
        self._places = places
        self.columns = {side: self._columns(*place) for side, place in places.items()}

    def _columns(self, database: str, schema: str) -> dict[str, dict[str, str]]:
        rows = self.connection.execute(
            """
            select columns.table_name, columns.column_name, columns.data_type
            from duckdb_columns() as columns
            inner join duckdb_tables() as tables using (database_oid, schema_oid, table_oid)
            where tables.database_name = ? and tables.schema_name = ?
            order by columns.table_name, columns.column_index
            """,
            [database, schema],
        ).fetchall()
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in rows:
            found.setdefault(table, {})[column] = kind
        return found

    def name(self, side: str, table: str) -> str:
        """Return the SQL name of a table."""
        return ".".join('"' + part.replace('"', '""') + '"' for part in (*self._places[side], table))

    def has(self, table: str) -> bool:
        """Say whether both builds have a table."""
        return all(table in self.columns[side] for side in SIDES)

    def common_columns(self, table: str) -> dict[str, str]:
        """Return the columns that both builds have of a table, with the types of head."""
        base, head = (self.columns[side].get(table, {}) for side in SIDES)
        return {column: kind for column, kind in head.items() if column in base}

    def rows(self, sql: str) -> list[tuple]:
        """Run a query in which `{base.table}` and `{head.table}` stand for the tables of either side."""
        return self.connection.execute(self._resolve(sql)).fetchall()

    def numbers(self, sql: str) -> np.ndarray:
        """Return the one column of such a query as floats; null is NaN."""
        (found,) = self.connection.execute(self._resolve(sql)).fetchnumpy().values()
        return np.ma.filled(np.ma.asarray(found, dtype="float64"), np.nan)

    def _resolve(self, sql: str) -> str:
        return re.sub(r"\{(base|head)\.(\w+)\}", lambda found: self.name(*found.groups()), sql)


@contextmanager
def open_pair(base: Build, head: Build) -> Iterator[Pair]:
    """Open two builds without the right to write.

    Raises
    ------
    FileNotFoundError
        If a file is not there, or has no segments.
    RuntimeError
        If a file cannot be opened, such as while a build writes to it, or the two have different pseudonym keys.
    """
    connection = duckdb.connect()
    try:
        places = {}
        for side, build in zip(SIDES, (base, head), strict=True):
            if not build.database.exists():
                raise FileNotFoundError(f"{build.database} does not exist: build {side} first.")
            others = [place for place, _ in places.values()]
            same = side == "head" and base.database.resolve() == head.database.resolve()
            places[side] = (others[0] if same else _attach(connection, build.database, side), build.schema)
        pair = Pair(connection, places)
        for side, build in zip(SIDES, (base, head), strict=True):
            if missing := [table for table in NEEDED if table not in pair.columns[side]]:
                raise FileNotFoundError(
                    f"{build.database} has no table {', '.join(f'{build.schema}.{name}' for name in missing)}: run "
                    f"`dbt build` for {side} first, or name its schema with --{side}-schema."
                )
        _check_keys(pair)
        yield pair
    finally:
        connection.close()


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, side: str) -> str:
    name = f"{side}_{database_name(path)}"
    try:
        if is_encrypted(path):
            attach_encrypted(connection, path, name, read_only=True)
        else:
            file = str(path).replace("'", "''")
            quoted = name.replace('"', '""')
            connection.execute(f"""attach '{file}' as "{quoted}" (read_only)""")
    except duckdb.IOException as error:
        raise RuntimeError(f"{path} cannot be opened: {error}") from error
    return name


def _check_keys(pair: Pair) -> None:
    """Refuse builds with different keys: customers are compared by their ids."""
    if not pair.has("pseudonym_key"):
        return
    (is_same,) = pair.rows(
        """
        select (select list(fingerprint order by fingerprint) from {base.pseudonym_key})
            is not distinct from (select list(fingerprint order by fingerprint) from {head.pseudonym_key})
        """
    )[0]
    if not is_same:
        raise RuntimeError(
            "The two builds have different pseudonym keys, so the same customer has another id in each: build both "
            "with one STRATE_PSEUDONYM_KEY, or both without."
        )
