"""Opening the DuckDB file of a build, with errors that say what to do."""

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
