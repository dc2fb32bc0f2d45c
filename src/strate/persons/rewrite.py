"""Writing a DuckDB file anew: blocks that were freed keep what was in them until something else is written there."""

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import duckdb

from strate.database import attach_file, database_name, is_encrypted
from strate.files import put_in_place

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
            attach_file(connection, real, name, encrypted=encrypted, read_only=True)
            attach_file(connection, copy, _COPY, encrypted=encrypted, read_only=False)
            connection.execute(f'copy from database "{name}" to {_COPY}')
            finish(connection, _COPY)
            connection.execute(f"checkpoint {_COPY}")
            connection.execute(f"detach {_COPY}")
            if Path(f"{real}.wal").exists():
                raise RuntimeError(f"{real} was written to meanwhile: run the command again.")
            shutil.copymode(real, copy)
            put_in_place(copy, real)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
