"""Opening the DuckDB file of a build, with errors that say what to do."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb


def open_database(path: Path | str, *, read_only: bool, config: dict | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file.

    Parameters
    ----------
    path : pathlib.Path or str
        The file; made when it is not there and `read_only` is false.
    read_only : bool
        Many readers may have a file open, or one writer, never both.
    config : dict, optional
        Settings of the connection.

    Returns
    -------
    duckdb.DuckDBPyConnection

    Raises
    ------
    RuntimeError
        If the file cannot be opened. Where another process has it open, the message names that process and says what
        to do.
    """
    try:
        return duckdb.connect(str(path), read_only=read_only, config=config or {})
    except duckdb.IOException as error:
        # The first sentence names the file and, where that is the cause, the program and the process that has it open.
        reason = str(error).removeprefix("IO Error: ").split(". ")[0]
        if "lock" not in reason:
            raise RuntimeError(reason) from error
        mend = "wait until it is done or close it"
        if not read_only:
            mend += ", or set the environment variable STRATE_DUCKDB_PATH to build into another file"
        raise RuntimeError(
            f"The database is open in another process: {reason}. A DuckDB file takes one build or many readers at a "
            f"time: {mend}."
        ) from error


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
    RuntimeError
        If the file cannot be opened, such as while a build writes to it.
    """
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: run `dbt build` first, or name the file with --database.")
    with open_database(database, read_only=True) as connection:
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
