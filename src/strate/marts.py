"""The DuckDB file that dbt wrote, opened to be read."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


@contextmanager
def open_marts(
    database: Path, schema: str, needed: Collection[str]
) -> Iterator[tuple[duckdb.DuckDBPyConnection, set[str]]]:
    """Open a database without the right to write, its names resolved in `schema`.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    needed : collection of str
        Tables without which there is nothing to read.

    Yields
    ------
    tuple of connection and set of str
        The connection, and the names of all tables in the schema.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or one of the needed tables is not in it.
    BlockingIOError
        If another process, such as a running build, has the file open to write.
    """
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: run `dbt build` first, or name the file with --database.")
    try:
        connection = duckdb.connect(str(database), read_only=True)
    except duckdb.IOException as error:
        if "lock" not in str(error):
            raise
        raise BlockingIOError(
            f"{database} is in use by another process, probably a running build: wait until it is over."
        ) from error
    with connection:
        rows = connection.execute(
            "select table_name from information_schema.tables where table_schema = ?", [schema]
        ).fetchall()
        tables = {name for (name,) in rows}
        missing = [name for name in needed if name not in tables]
        if missing:
            raise FileNotFoundError(
                f"{database} has no table {', '.join(f'{schema}.{name}' for name in missing)}: run `dbt build` first; "
                "if it stopped before, mend what it says; if the tables are in another schema, name it with --schema."
            )
        connection.execute("set schema = ?", [schema])
        yield connection, tables
