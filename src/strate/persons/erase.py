"""Erasing persons from a database and its files: in what order, so that whoever is stopped can begin again."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from glob import glob
from pathlib import Path

import duckdb

from strate.audit import append_entry
from strate.persons.certificates import SUPPRESSED_KINDS, certify, make_tables, suppress, suppressed_by
from strate.persons.files import FileTrace, clean_files, find_files
from strate.persons.person import AmbiguousRequestError, Person, find_person, is_known, stranger
from strate.persons.removal import Finding, close_view, load_keys, remove_rows, views_with
from strate.persons.request import Request
from strate.persons.rewrite import rewrite
from strate.persons.traces import Traces, distinctive
from strate.persons.warehouse import Relation, has_table, open_warehouse, relations
from strate.pseudonyms import has_key
from strate.sql import quoted


@dataclass(frozen=True)
class Places:
    """Where to look: the database, the schema of its marts, dbt's folders, and more files and folders."""

    database: Path
    schema: str = "main"
    target: Path = Path("target")
    logs: Path = Path("logs")
    others: Sequence[Path] = ()


@dataclass(frozen=True)
class Erasure:
    """What an erasure found and did about one request.

    `outcome` is erased, not_found (nothing was there; what the request names is kept out from now on),
    already_erased, or refused (nothing was done, and `reason` says why). `shared` counts identifiers that others have
    too, and that therefore stay with them.
    """

    request_id: str
    outcome: str
    findings: list[Finding] = field(default_factory=list)
    shared: int = 0
    reason: str | None = None

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left for somebody to see to."""
        return self.outcome != "refused" and not any(
            finding.action in ("not_touched", "unreadable") or (finding.kind, finding.action) == ("table", "redacted")
            for finding in self.findings
        )


def erase(
    places: Places,
    requests: Callable[[duckdb.DuckDBPyConnection], Iterable[Request]],
    confirm: Callable[[list[Erasure]], bool] | None = None,
) -> list[Erasure]:
    """Erase persons.

    First files are cleaned; then, in one transaction, identifiers are suppressed, rows go and the certificate is
    written; then the database file is written anew. Until the transaction the person is in the database and the same
    request finds them again; after it only the file is left to do, which any later call does.

    Parameters
    ----------
    places : Places
        Where to look.
    requests : callable
        Takes a connection and returns whom to erase.
    confirm : callable
        Takes what would be done, and says whether to do it; nothing is changed before. None: do it.

    Returns
    -------
    list of Erasure
        One per request: what was done, or what would be where `confirm` said no.

    Raises
    ------
    FileNotFoundError
        If there is no such database.
    RuntimeError
        If it cannot be opened for writing, was not built, or was built with another pseudonym key.
    ValueError
        If a request cannot be read.
    """
    with open_warehouse(places.database, places.schema) as connection:
        wanted = list(requests(connection))
        done = [_erase_one(connection, places, request, is_real=False) for request in wanted] if confirm else []
        is_wanted = confirm is None or confirm(done)
        if is_wanted:
            make_tables(connection, places.schema)
            done = [_erase_one(connection, places, request, is_real=True) for request in wanted]
            connection.execute("checkpoint")
        is_pending = _is_rewrite_pending(connection, places.schema)
    if is_wanted and is_pending:
        rewrite(places.database, lambda copy, name: _mark_rewritten(copy, f"{name}.{quoted(places.schema)}"))
    return done


def _erase_one(connection: duckdb.DuckDBPyConnection, places: Places, request: Request, *, is_real: bool) -> Erasure:
    if request.problem:
        return Erasure(request.request_id, "refused", reason=request.problem)
    found = relations(connection, places.schema)
    own = [relation for relation in found if relation.is_own]
    try:
        person, outcome = _find(connection, places.schema, own, request)
    except AmbiguousRequestError as error:
        return Erasure(request.request_id, "refused", reason=str(error))
    order_basis = _order_basis(connection, places.schema)
    load_keys(connection, found, person, has_orders=order_basis is None)
    views = views_with(connection, found)
    traces = Traces(set.union(*distinctive(person)))
    spared = {places.database.resolve(), Path(f"{places.database.resolve()}.wal"), *_inputs(connection, places.schema)}
    files = find_files(places.target, places.logs, places.others, traces, spared=spared)
    if is_real:
        clean_files(files, traces)

    connection.execute("begin")
    try:
        findings = (
            remove_rows(connection, found, person, order_basis) + views + [_finding(file, traces) for file in files]
        )
        if outcome == "not_found" and any(one.kind == "table" for one in findings):
            outcome = "erased"
        # Asking again for somebody of whom nothing is left leaves no trace, but for a request with an id of its own.
        if is_real and (findings or outcome != "already_erased" or not request.is_manual):
            _write(connection, places.schema, request, person, outcome, findings)
            for view in found:
                if any((one.place, one.action) == (view.label, "closed") for one in views):
                    close_view(connection, view)
            connection.execute("commit")
        else:
            connection.execute("rollback")
    except BaseException:
        connection.execute("rollback")
        raise
    connection.execute("drop table person_keys")
    return Erasure(request.request_id, outcome, findings, len(person.shared))


def _find(
    connection: duckdb.DuckDBPyConnection, schema: str, own: list[Relation], request: Request
) -> tuple[Person, str]:
    """Return whom a request means, and the outcome that this leads to.

    Who was erased is known by the suppression. What else such a request names is not followed: a mailbox that was
    shared is now somebody else's alone.
    """
    erased = tuple(
        (kind, value)
        for kind, value in request.identifiers
        if has_table(connection, schema, "suppressed_identifiers")
        and suppressed_by(connection, schema, [(kind, value)])
        and not is_known(connection, own, kind, value)
    )
    if erased:
        return stranger(erased), "already_erased"
    person = find_person(connection, own, request)
    return person, "erased" if person.is_known else "not_found"


def _write(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    request: Request,
    person: Person,
    outcome: str,
    findings: list[Finding],
) -> None:
    at = datetime.now(UTC).replace(tzinfo=None)
    keys = [(kind, value) for kind, values in person.keys.items() if kind in SUPPRESSED_KINDS for value in values]
    orders = connection.execute("select kind, value from person_keys where kind = 'order_id'").fetchall()
    suppressed = suppress(connection, schema, [*keys, *orders], request.request_id, at)
    counts = Counter[str]()
    for finding in findings:
        if finding.kind == "table":
            counts[f"rows_{finding.action}"] += finding.row_count or 0
        else:
            counts[f"{finding.kind}s_{finding.action}"] += 1
    entry = append_entry(
        connection,
        "person_erased",
        person.name,
        {
            "request_id": request.request_id,
            "outcome": outcome,
            "suppressed": suppressed,
            "has_key": has_key(),
            **counts,
        },
        schema=schema,
    )
    certify(
        connection,
        schema,
        request.request_id,
        person,
        outcome,
        findings,
        at=at,
        by=entry.actor,
        entry_number=entry.entry_number,
    )


def _order_basis(connection: duckdb.DuckDBPyConnection, schema: str) -> str | None:
    """Return why orders have to be kept, as the last run recorded the var kept_by_law; None if they have not."""
    if not has_table(connection, schema, "kept_by_law"):
        return None
    rows = connection.execute(f"select basis from {quoted(schema)}.kept_by_law where input = 'erp_orders'").fetchall()
    return rows[0][0] if rows else None


def _finding(file: FileTrace, traces: Traces) -> Finding:
    # The name of a file may be the person's, and a certificate is for good.
    return Finding("file", traces.redacted(str(file.path)), file.action, None, file.detail)


def _inputs(connection: duckdb.DuckDBPyConnection, schema: str) -> set[Path]:
    """Return the files that are inputs of the build, such as 'exports/orders/*.parquet'."""
    if not has_table(connection, schema, "input_runs"):
        return set()
    names = connection.execute(
        f"select distinct table_name from {quoted(schema)}.input_runs where table_name like '''%'"
    ).fetchall()
    return {Path(file).resolve() for (name,) in names for file in glob(name.strip("'"), recursive=True)}  # noqa: PTH207


def _is_rewrite_pending(connection: duckdb.DuckDBPyConnection, schema: str) -> bool:
    return has_table(connection, schema, "erasure_certificates") and bool(
        connection.execute(
            f"select 1 from {quoted(schema)}.erasure_certificates where file_rewritten_at is null limit 1"
        ).fetchall()
    )


def _mark_rewritten(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    connection.execute(
        f"update {schema}.erasure_certificates set file_rewritten_at = ? where file_rewritten_at is null",
        [datetime.now(UTC).replace(tzinfo=None)],
    )
