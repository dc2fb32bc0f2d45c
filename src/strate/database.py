"""Opening the DuckDB file of a build, with errors that say what to do."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from strate.encryption import KEY_VARIABLE, attach_encrypted


class EncryptedDatabaseError(RuntimeError):
    """The file is encrypted, and was to be opened without a key."""


class DatabaseBusyError(RuntimeError):
    """Another process has the file open."""


def database_name(path: Path | str) -> str:
    """Return what DuckDB calls the database of a file: the file's name up to its first point."""
    return Path(path).name.lstrip(".").split(".")[0]


def is_encrypted(path: Path | str) -> bool:
    """Say whether a DuckDB file is encrypted; RuntimeError if it cannot be opened."""
    try:
        open_unencrypted(path, read_only=True).close()
    except EncryptedDatabaseError:
        return True
    return False


def open_database(path: Path | str, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file, with the key in STRATE_DUCKDB_KEY if it is encrypted.

    Parameters
    ----------
    path : pathlib.Path or str
        The file.
    read_only : bool
        Many readers may have a file open, or one writer, never both.

    Returns
    -------
    duckdb.DuckDBPyConnection
        Names resolve in the file's database, under the same name whether it is encrypted or not.

    Raises
    ------
    RuntimeError
        If the file cannot be opened, as for `open_unencrypted`, or its key is missing or wrong.
    """
    try:
        return open_unencrypted(path, read_only=read_only)
    except EncryptedDatabaseError:
        connection = duckdb.connect()
    name = database_name(path)
    try:
        attach_database(connection, path, name, read_only=read_only)
        connection.execute(f'use "{name}"')
    except BaseException:
        connection.close()
        raise
    return connection


def attach_database(connection: duckdb.DuckDBPyConnection, path: Path | str, name: str, *, read_only: bool) -> None:
    """Attach an encrypted file to an in-memory connection, as `attach_encrypted` does.

    Raises
    ------
    RuntimeError
        If the file cannot be opened, or its key is missing or wrong.
    """
    with _in_a_sentence(read_only):
        attach_encrypted(connection, path, name, read_only=read_only)


def attach_file(
    connection: duckdb.DuckDBPyConnection, path: Path | str, name: str, *, encrypted: bool, read_only: bool
) -> None:
    """Attach a file, encrypted or not, to an in-memory connection.

    Raises
    ------
    DatabaseBusyError
        If another process has it open.
    RuntimeError
        If it cannot be opened, or its key is missing or wrong.
    """
    if encrypted:
        attach_database(connection, path, name, read_only=read_only)
        return
    file, quoted = str(path).replace("'", "''"), name.replace('"', '""')
    with _in_a_sentence(read_only):
        connection.execute(f"attach '{file}' as \"{quoted}\"" + (" (read_only)" if read_only else ""))


def open_unencrypted(path: Path | str, *, read_only: bool, config: dict | None = None) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file that is not encrypted, made when it is not there and `read_only` is false.

    Raises
    ------
    EncryptedDatabaseError
        If the file is encrypted.
    RuntimeError
        If it cannot be opened. Where another process has it open, the message names that process and says what to do.
    """
    try:
        with _in_a_sentence(read_only):
            return duckdb.connect(str(path), read_only=read_only, config=config or {})
    except duckdb.CatalogException as error:
        if "encrypted" not in str(error):
            raise
        raise EncryptedDatabaseError(
            f"{path} is encrypted: name the profile's target `encrypted`, and set {KEY_VARIABLE} to its key."
        ) from None


def open_apart(path: Path | str) -> duckdb.DuckDBPyConnection:
    """Open a DuckDB file for reading, apart from whatever this process has open under the same name.

    DuckDB gives all connections of a process to one path the file that was there first, also when another has been put
    in its place since. A file that is attached to a database in memory is not shared.

    Returns
    -------
    duckdb.DuckDBPyConnection
        In memory; the file is attached as `apart`.

    Raises
    ------
    RuntimeError
        If the file cannot be opened, or its key is missing or wrong.
    """
    connection = duckdb.connect()
    try:
        try:
            attach_file(connection, path, "apart", encrypted=False, read_only=True)
        except duckdb.CatalogException as error:
            if "encrypted" not in str(error):
                raise
            attach_file(connection, path, "apart", encrypted=True, read_only=True)
    except BaseException:
        connection.close()
        raise
    return connection


@contextmanager
def _in_a_sentence(read_only: bool) -> Iterator[None]:
    """Turn the IOException of a file that cannot be opened into a RuntimeError that says what to do."""
    try:
        yield
    except duckdb.IOException as error:
        # The first sentence names the file and, where that is the cause, the program and the process that has it open.
        reason = str(error).removeprefix("IO Error: ").split(". ")[0]
        if "lock" not in reason:
            raise RuntimeError(reason) from error
        mend = "wait until it is done or close it"
        if not read_only:
            mend += ", or set the environment variable STRATE_DUCKDB_PATH to build into another file"
        raise DatabaseBusyError(
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
        If the file cannot be opened, such as while a build writes to it or without its key.
    """
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: run `dbt build` first, or name the file with --database.")
    with open_database(database, read_only=True) as connection:
        rows = connection.execute(
            """
            select table_name from information_schema.tables
            where table_catalog = current_database() and table_schema = ?
            """,
            [schema],
        ).fetchall()
        tables = {name for (name,) in rows}
        missing = [name for name in needed if name not in tables]
        if missing:
            raise FileNotFoundError(
                f"{database} has no table {', '.join(f'{schema}.{name}' for name in missing)}: run `dbt build` first; "
                "if it stopped before, mend what it says; if the tables are in another schema, name it with --schema."
            )
        connection.execute(f'use "{database_name(database)}"."{schema}"')
        yield connection, tables
