"""Reading and writing the table `audit_log`."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from strate.audit.chain import Entry, entry_hash, first_break
from strate.database import open_marts

COLUMNS = tuple(field.name for field in fields(Entry))


@dataclass(frozen=True)
class Verdict:
    """What `verify_log` found: the number of entries, the hash of the last, and each problem in a sentence."""

    entry_count: int
    head: str
    problems: list[str]


def append_entry(
    connection: duckdb.DuckDBPyConnection,
    action: str,
    subject: str | None = None,
    details: Mapping[str, Any] | None = None,
    *,
    schema: str = "main",
) -> Entry:
    """Append one entry to the audit log, in the transaction that is open if there is one.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open for writing, its names resolved in the file's database.
    action : str
        What was done, as a verb in the past with what is needed to tell it apart, such as `person_erased`.
    subject : str, optional
        To what or to whom, by pseudonym: the log is never erased, so nobody's name or address may be in it.
    details : mapping, optional
        More of it, of types that JSON has.
    schema : str
        Schema of the log; the table is made if it is not there.

    Returns
    -------
    Entry
        As it was written.
    """
    connection.execute(
        f"""
        create table if not exists "{schema}".audit_log (
            entry_number bigint, occurred_at timestamp, actor varchar, action varchar, subject varchar, details varchar,
            invocation_id varchar, strate_version varchar, previous_hash varchar, entry_hash varchar
        )
        """
    )
    # Not `order by entry_number desc limit 1`: after a deletion DuckDB 1.5.5 may answer with the row before the last.
    last = connection.execute(
        f"""
        select entry_number, entry_hash from "{schema}".audit_log
        where entry_number = (select max(entry_number) from "{schema}".audit_log)
        """
    ).fetchall()
    number, head = last[0] if last else (0, "")
    content = (
        number + 1,
        datetime.now(UTC).replace(tzinfo=None),
        os.environ.get("STRATE_ACTOR") or os.environ.get("USER", "unknown"),
        action,
        subject,
        json.dumps(details or {}, sort_keys=True),
        None,
        version("strate"),
    )
    entry = Entry(*content, previous_hash=head, entry_hash=entry_hash(head, content))
    connection.execute(
        f'insert into "{schema}".audit_log ({", ".join(COLUMNS)}) values ({", ".join("?" for _ in COLUMNS)})',
        [getattr(entry, name) for name in COLUMNS],
    )
    return entry


def read_log(connection: duckdb.DuckDBPyConnection, schema: str = "main") -> list[Entry]:
    """Return all entries by their number."""
    # Copies of a number are told apart by their hash, so that the order is the same each time.
    rows = connection.execute(
        f'select {", ".join(COLUMNS)} from "{schema}".audit_log order by entry_number, entry_hash'
    ).fetchall()
    return [Entry(*row) for row in rows]


def verify_log(database: Path, schema: str = "main", head: str | None = None) -> Verdict:
    """Recompute the chain of the audit log.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote; opened without the right to write.
    schema : str
        Schema of the marts.
    head : str, optional
        Hash of an entry that was kept elsewhere. A chain cannot show that its end is missing, nor that all of it was
        written anew; a hash from outside can.

    Raises
    ------
    FileNotFoundError
        If there is no such file, or no audit log in it.
    RuntimeError
        If the file cannot be opened.
    """
    with open_marts(database, schema, ["audit_log"]) as (connection, _):
        entries = read_log(connection, schema)
    problems = [broken] if (broken := first_break(entries)) else []
    if head and head not in {entry.entry_hash for entry in entries}:
        problems.append(
            f"No entry has the hash {head}: entries were removed from the end, or the log was written anew."
        )
    return Verdict(len(entries), entries[-1].entry_hash if entries else "", problems)
