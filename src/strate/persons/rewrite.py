"""Writing a DuckDB file anew: blocks that were freed keep what was in them until something else is written there."""

import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from strate.database import attach_database, database_name, is_encrypted

_COPY = "rewritten"


def rewrite(path: Path, finish: Callable[[duckdb.DuckDBPyConnection, str], None]) -> None:
    """Write a database to a new file, and put that in the place of the old one in a single step.

    Whoever is stopped on the way leaves the old file as it was. A copy that an earlier try left behind is deleted.

    Parameters
    ----------
    path : pathlib.Path
        DuckDB file, encrypted or not, that nobody has open.
    finish : callable
        Takes a connection and the name of the copy in it; what it writes there arrives with the copy.

    Raises
    ------
    RuntimeError
        If there is too little room, or somebody else has the file open.
    """
    real = path.resolve()
    for left in real.parent.glob(f".{real.name}.erasing-*"):
        shutil.rmtree(left)
    spilled = Path(f"{real}.tmp")  # what a killed build left of its rows
    if spilled.is_dir():
        shutil.rmtree(spilled)
    size, free = real.stat().st_size, shutil.disk_usage(real.parent).free
    if free < size:
        raise RuntimeError(
            f"{real.parent} has {free / 1e6:,.0f} MB free, and a new copy of the database may take {size / 1e6:,.0f}: "
            "make room, and run the command again. Rows are deleted, but unused blocks of the file may still hold them."
        )
    folder = Path(tempfile.mkdtemp(prefix=f".{real.name}.erasing-", dir=real.parent))
    try:
        copy = folder / real.name
        encrypted = is_encrypted(real)
        with duckdb.connect() as connection:
            name = database_name(path)
            # Reading keeps builds out until the new file is in place, and writes nothing to the old one.
            _attach(connection, real, name, encrypted=encrypted, read_only=True)
            _attach(connection, copy, _COPY, encrypted=encrypted, read_only=False)
            connection.execute(f'copy from database "{name}" to {_COPY}')
            finish(connection, _COPY)
            connection.execute(f"checkpoint {_COPY}")
            connection.execute(f"detach {_COPY}")
            if Path(f"{real}.wal").exists():
                raise RuntimeError(f"{real} was written to meanwhile: run the command again.")
            shutil.copymode(real, copy)
            _replace(copy, real)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, name: str, *, encrypted: bool, read_only: bool) -> None:
    if encrypted:
        attach_database(connection, path, name, read_only=read_only)
    else:
        file = str(path).replace("'", "''")
        connection.execute(f"attach '{file}' as \"{name}\"" + (" (read_only)" if read_only else ""))


def _replace(copy: Path, place: Path) -> None:
    with copy.open("rb") as file:
        os.fsync(file.fileno())
    copy.replace(place)
    folder = os.open(place.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
