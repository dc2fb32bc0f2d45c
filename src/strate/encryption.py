"""Encrypted DuckDB files: where the key comes from, and how a file is attached with it."""

import os
from pathlib import Path

import duckdb

from strate.extensions import load_extension

KEY_VARIABLE = "STRATE_DUCKDB_KEY"
MIN_KEY_LENGTH = 32  # DuckDB derives the cipher's key in one cheap step, so the text itself must be beyond guessing


def read_key() -> str:
    """Return the key of the database, from the environment variable STRATE_DUCKDB_KEY.

    Raises
    ------
    RuntimeError
        If there is none, or it is shorter than 32 characters. The message never holds the key.
    """
    key = os.environ.get(KEY_VARIABLE, "")
    if not key:
        raise RuntimeError(
            f"The database is encrypted and the environment variable {KEY_VARIABLE} is not set: set it to the key."
        )
    if len(key) < MIN_KEY_LENGTH:
        raise RuntimeError(
            f"The environment variable {KEY_VARIABLE} has {len(key)} characters: a key has at least {MIN_KEY_LENGTH}, "
            "such as `openssl rand -base64 32` makes."
        )
    return key


def attach_encrypted(connection: duckdb.DuckDBPyConnection, path: Path | str, name: str, *, read_only: bool) -> None:
    """Attach an encrypted file to an in-memory connection; what either spills to disk is encrypted too.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open, in memory.
    path : pathlib.Path or str
        The file; made when it is not there and `read_only` is false.
    name : str
        What the database is called in SQL.
    read_only : bool
        Whether it is opened without the right to write, for which no extension is needed.

    Raises
    ------
    RuntimeError
        If the key is missing or wrong, the file is not encrypted, or the extension that writes is not installed.
    duckdb.IOException
        If the file cannot be opened, such as while another process has it open.
    """
    key = read_key().replace("'", "''")
    file = str(path).replace("'", "''")
    connection.execute("set temp_file_encryption = true")
    connection.execute(f"set temp_directory = '{file}.tmp'")
    if not read_only:
        # DuckDB writes encrypted files with the OpenSSL of httpfs.
        load_extension(connection, "httpfs", "encrypted", "Writing an encrypted database")
    options = f"encryption_key '{key}'" + (", read_only" if read_only else "")
    try:
        connection.execute(f"attach '{file}' as \"{name}\" ({options})")
    except duckdb.InvalidInputException as error:
        if "encryption key" not in str(error):
            raise
        raise RuntimeError(f"The key in {KEY_VARIABLE} is not the key of {path}: set it to the right one.") from None
    except duckdb.CatalogException as error:
        if "is not encrypted" not in str(error):
            raise
        raise RuntimeError(
            f"{path} is there already and is not encrypted: build into another file, and delete this one."
        ) from None
