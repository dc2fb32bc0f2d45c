"""Files with values of a person: dbt's target folder, logs, reports, and folders that somebody names."""

import mmap
import os
import tempfile
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from strate.database import open_database
from strate.persons.traces import Traces
from strate.sql import quoted

REPUBLISH = "a published copy: run `dbt build` and `strate publish`, with --keep 0 where it goes to Parquet too"
# What people read and nothing computes with: their content can be redacted and still serves.
_TEXTS = {".html", ".htm", ".json", ".jsonl", ".log", ".md", ".sql", ".svg", ".txt", ".yaml", ".yml"}


@dataclass(frozen=True)
class FileTrace:
    """A file in which a person is, and what is to be done: deleted, redacted, not_touched or unreadable."""

    path: Path
    action: str
    detail: str | None = None


def find_files(
    target: Path, logs: Path, others: Iterable[Path], traces: Traces, *, spared: Collection[Path]
) -> list[FileTrace]:
    """Return the files with values of a person.

    Parameters
    ----------
    target : pathlib.Path
        dbt's target folder; dbt writes it anew, so files there are deleted.
    logs : pathlib.Path
        dbt's log folder; logs are redacted.
    others : iterable of pathlib.Path
        Files, and folders with all that is in them: pages and other texts are redacted, data is reported only.
    traces : Traces
        What to find.
    spared : collection of pathlib.Path
        Files that are only reported if somebody is in them, such as inputs; the database is not looked into here.

    Returns
    -------
    list of FileTrace
        By path.
    """
    found: dict[Path, FileTrace] = {}
    for place, kind in [(target, "target"), (logs, "logs"), *((other, "other") for other in others)]:
        files = [place] if place.is_file() else sorted(path for path in place.rglob("*") if path.is_file())
        for path in (file.resolve() for file in files):
            if path not in found and (trace := _trace(path, kind, traces, path in spared)):
                found[path] = trace
    return [found[path] for path in sorted(found)]


def clean_files(found: Iterable[FileTrace], traces: Traces) -> None:
    """Delete or redact what `find_files` found; a file is replaced in a single step or stays as it is."""
    for trace in found:
        if trace.action == "deleted":
            trace.path.unlink(missing_ok=True)
        elif trace.action == "redacted":
            _write(trace.path, traces.redacted_bytes(trace.path.read_bytes()))


def _trace(path: Path, kind: str, traces: Traces, is_spared: bool) -> FileTrace | None:
    if path.suffix == ".duckdb" and not is_spared:
        return _trace_of_database(path, traces)
    if path.suffix in (".duckdb", ".wal"):
        return None if is_spared else FileTrace(path, "unreadable", "a database: erase in it by itself")
    try:
        is_in = _is_in(path, traces)
    except (OSError, duckdb.Error) as error:
        return FileTrace(path, "unreadable", str(error).split("\n")[0])
    if traces.are_in(path.name.encode()):
        return FileTrace(path, "not_touched", "its name has a value: rename or delete it")
    if not is_in:
        return None
    if is_spared:
        return FileTrace(path, "not_touched", "an input")
    if kind == "target":
        return FileTrace(path, "deleted")
    if kind == "logs" or path.suffix in _TEXTS:
        return FileTrace(path, "redacted")
    return FileTrace(path, "not_touched", "data of others may be in it: delete it, or make it anew")


def _trace_of_database(path: Path, traces: Traces) -> FileTrace | None:
    """Look into a published copy; other databases are for whoever made them."""
    try:
        with open_database(path, read_only=True) as connection:
            tables = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
            if "publication" not in tables:
                return FileTrace(path, "unreadable", "a database: erase in it by itself")
            for table in tables:
                sql = f"select 1 from {quoted(table)} as rows where regexp_matches(cast(rows as varchar), ?) limit 1"
                if connection.execute(sql, [traces.sql]).fetchall():
                    return FileTrace(path, "not_touched", REPUBLISH)
    except (RuntimeError, duckdb.Error) as error:
        return FileTrace(path, "unreadable", str(error).split("\n")[0])
    return None


def _is_in(path: Path, traces: Traces) -> bool:
    if path.suffix == ".parquet":
        with duckdb.connect() as connection:
            rows = connection.execute(
                "select 1 from read_parquet(?) as rows where regexp_matches(cast(rows as varchar), ?) limit 1",
                [str(path), traces.sql],
            ).fetchall()
        return bool(rows)
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return traces.are_in(content)


def _write(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(name).chmod(path.stat().st_mode)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
