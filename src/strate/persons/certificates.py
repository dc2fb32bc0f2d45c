"""The tables that an erasure writes: who is kept out from now on, and what was removed where."""

from collections.abc import Iterable
from datetime import datetime

import duckdb

from strate.persons.person import Person
from strate.persons.removal import Finding
from strate.pseudonyms import pseudonym
from strate.sql import quoted

_TABLES = {
    "suppressed_identifiers": """
        identifier_type varchar, pseudonym varchar, request_id varchar, suppressed_at timestamp, key_fingerprint varchar
    """,
    "erasure_certificates": """
        request_id varchar, person varchar, outcome varchar, place_type varchar, place varchar, action varchar,
        row_count bigint, basis varchar, erased_at timestamp, erased_by varchar, audit_entry_number bigint,
        file_rewritten_at timestamp
    """,
}
SUPPRESSED_KINDS = ("customer", "crm", "erp", "user", "device", "email", "phone", "order_id")
"""Kinds of identifiers by which a person is known again. Raw rows are kept out by all but the first."""


def make_tables(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Make both tables where they are not there."""
    for name, columns in _TABLES.items():
        connection.execute(f"create table if not exists {quoted(schema)}.{name} ({columns})")


def suppression(kind: str, value: str) -> str:
    """Return the pseudonym by which a raw row's identifier is known again; never that of a customer_id."""
    return pseudonym(f"erased:{kind}:{value}")


def suppress(
    connection: duckdb.DuckDBPyConnection, schema: str, keys: Iterable[tuple[str, str]], request_id: str, at: datetime
) -> int:
    """Add identifiers that are to be kept out of every later build, and return how many were not there yet."""
    rows = [
        (kind, suppression(kind, value), request_id, at, pseudonym("strate"))
        for kind, value in sorted(set(keys))
        if kind in SUPPRESSED_KINDS
    ]
    table = f"{quoted(schema)}.suppressed_identifiers"
    known = set(connection.execute(f"select identifier_type, pseudonym from {table}").fetchall())
    new = [row for row in rows if row[:2] not in known]
    if new:
        connection.executemany(f"insert into {table} values (?, ?, ?, ?, ?)", new)
    return len(new)


def suppressed_by(connection: duckdb.DuckDBPyConnection, schema: str, keys: Iterable[tuple[str, str]]) -> set[str]:
    """Return the ids of the requests that suppressed any of these identifiers."""
    wanted = {(kind, suppression(kind, value)) for kind, value in keys if kind in SUPPRESSED_KINDS}
    rows = connection.execute(
        f"select identifier_type, pseudonym, request_id from {quoted(schema)}.suppressed_identifiers"
    ).fetchall()
    return {request for kind, name, request in rows if (kind, name) in wanted}


def certify(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    request_id: str,
    person: Person,
    outcome: str,
    findings: Iterable[Finding],
    *,
    at: datetime,
    by: str,
    entry_number: int,
) -> None:
    """Write the certificate of a request: a row for the request itself, and one per place."""
    findings = list(findings)
    places = [("request", None, outcome, None, None)]
    places += [(one.kind, one.place, one.action, one.row_count, one.detail) for one in findings]
    # Where no row went, the file has nothing to be rid of.
    rewritten_at = None if any(one.kind == "table" for one in findings) else at
    rows = [[request_id, person.name, outcome, *place, at, by, entry_number, rewritten_at] for place in places]
    connection.executemany(f"insert into {quoted(schema)}.erasure_certificates values ({', '.join('?' * 12)})", rows)
