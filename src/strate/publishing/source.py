"""Copying the public tables out of the build's file, which is open no longer than that takes."""

import os
import time
import uuid
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from importlib.metadata import version
from pathlib import Path

import duckdb

from strate.brief_reading import brief_reading
from strate.database import DatabaseBusyError, attach_file, database_name, is_encrypted
from strate.progress import track
from strate.publishing.plan import DERIVED, RUN_RECORDS, Plan, PublicTable, read_plan
from strate.sql import quoted, text
from strate.summary import read_gates

COPY = "strate_copy"
_BUILD_WAIT = 0.2  # seconds between two looks whether the build is done
# DuckDB's HUGEINT is in no other engine, and Parquet would make a rounded number of it.
_CASTS = {"HUGEINT": "DECIMAL(38, 0)", "UHUGEINT": "DECIMAL(38, 0)"}
_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")


@dataclass(frozen=True)
class Publication:
    """One publication; all its targets say the same.

    Attributes
    ----------
    publication_id : str
        Its own, never the same again.
    published_at : datetime.datetime
        When the build was read, in UTC.
    invocation_id : str or None
        dbt's id of the last run; None where no run was recorded.
    strate_version : str
        Version that published.
    as_of_date : datetime.date or None
        Latest date of the segments.
    row_counts : dict of str to int
        Rows of each table; `publication` and `published_tables`, which tell of them, left out.
    missing : list of str
        Public models that are not in the build.
    hidden : list of str
        Columns that were left out because they name a person, as `table.column`.
    open_seconds : float
        For how long the build's file was held open.
    """

    publication_id: str
    published_at: datetime
    invocation_id: str | None
    strate_version: str
    as_of_date: date | None
    row_counts: dict[str, int]
    missing: list[str]
    hidden: list[str]
    open_seconds: float


@dataclass(frozen=True)
class Source:
    """Where a build is: its DuckDB file and dbt's target folder."""

    database: Path
    target: Path


def copy_public(
    source: Source, copy: Path, *, wait: float, force: bool, say: Callable[[str], None]
) -> tuple[Publication, Plan]:
    """Copy the public tables of a build to a new DuckDB file, encrypted with the same key if the build is.

    Parameters
    ----------
    source : Source
        The build; its file is opened without the right to write.
    copy : pathlib.Path
        File to make.
    wait : float
        Seconds to wait for a build that has the file open.
    force : bool
        Whether a build that failed or was killed is published too.
    say : callable
        Takes a sentence on what is waited for.

    Returns
    -------
    tuple of Publication and Plan
        What is in the copy, and what dbt says of it.

    Raises
    ------
    FileNotFoundError
        If the build's file or dbt's manifest is not there, or there is no public table.
    RuntimeError
        If the file cannot be opened, or the last run failed.
    ValueError
        If a column is a struct, a list or the like.
    """
    with duckdb.connect() as connection, ExitStack() as while_reading:
        connection.execute(f"set memory_limit = '{os.environ.get('STRATE_MEMORY_LIMIT', '6GB')}'")
        connection.execute("set preserve_insertion_order = false")
        plan, name, encrypted = _open_build(connection, source, wait, say, while_reading)
        opened = time.perf_counter()
        attach_file(connection, copy, COPY, encrypted=encrypted, read_only=False)
        connection.execute(f"set temp_directory = {text(str(copy.parent / 'spilled'))}")
        build = _Build(connection, name)
        run = build.last_run(plan.records_schema)
        if run is not None and run[1] != "succeeded" and not force:
            raise RuntimeError(
                f"The last run of dbt in {source.database} {run[2]}: mend that and run `dbt build`, or publish what is "
                "there with --force."
            )
        counts, missing, hidden = {}, [], []
        records = [PublicTable(name, plan.records_schema, name) for name in RUN_RECORDS]
        for table in track([*plan.tables, *records], "Tables read from the build"):
            columns = build.columns(table)
            if columns:
                counts[table.name] = build.copy(table, columns)
                hidden += [f"{table.name}.{column}" for column in columns if column.lower() in _lower(table.hidden)]
            elif table.name not in RUN_RECORDS:
                missing.append(table.name)
        if counts.keys() <= RUN_RECORDS.keys():
            raise FileNotFoundError(f"{source.database} has no public table: run `dbt build` first.")
        if run is not None:
            counts["runs"] = build.copy_runs(plan.records_schema)
        connection.execute(f"detach {quoted(name)}")
        while_reading.close()
        open_seconds = time.perf_counter() - opened
        if gates := read_gates(source.target):
            counts["gate_results"] = _write_gates(connection, gates)
        publication = Publication(
            publication_id=uuid.uuid4().hex,
            published_at=datetime.now(UTC).replace(tzinfo=None),
            invocation_id=run[0] if run else None,
            strate_version=version("strate"),
            as_of_date=_as_of_date(connection),
            row_counts=counts,
            missing=missing,
            hidden=hidden,
            open_seconds=open_seconds,
        )
        descriptions = RUN_RECORDS | DERIVED | {table.name: table.description for table in plan.tables}
        _write_publication(connection, publication, descriptions, plan.currency)
        _comment(connection, plan.tables, descriptions)
        connection.execute(f"checkpoint {COPY}")
        connection.execute(f"detach {COPY}")
        return publication, plan


class _Build:
    """The attached build."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, database: str) -> None:
        self._connection = connection
        self._database = database

    def _rows(self, sql: str, parameters: list | None = None) -> list[tuple]:
        return self._connection.execute(sql, parameters or []).fetchall()

    def columns(self, table: PublicTable) -> dict[str, str]:
        """Return the columns of a table or view with their types; none where it is not there."""
        found = self._rows(
            """
            select column_name, data_type from duckdb_columns()
            where database_name = ? and schema_name = ? and table_name = ?
            order by column_index
            """,
            [self._database, table.schema, table.identifier],
        )
        return dict(found)

    def copy(self, table: PublicTable, columns: dict[str, str]) -> int:
        """Copy a table, or the rows of a view; return how many."""
        hidden = _lower(table.hidden)
        shown = {name: kind for name, kind in columns.items() if name.lower() not in hidden}
        for name, kind in shown.items():
            if kind.endswith("]") or kind.startswith(_NESTED):
                raise ValueError(
                    f"{table.name}.{name} is of type {kind}, which BI tools cannot read: make plain columns of it, or "
                    "give the model another access than public."
                )
        expressions = ", ".join(_expression(name, kind) for name, kind in shown.items())
        place = ".".join(quoted(part) for part in (self._database, table.schema, table.identifier))
        ((count,),) = self._rows(f"create table {COPY}.{quoted(table.name)} as select {expressions} from {place}")
        return count

    def last_run(self, schema: str) -> tuple[str, str, str] | None:
        """Return the id of the last recorded run, its outcome, and in words what was wrong; None where none was."""
        log = PublicTable("audit_log", schema, "audit_log")
        if not self.columns(log):
            return None
        found = self._rows(
            f"""
            select
                started.invocation_id,
                finished.details ->> 'outcome',
                finished.details ->> 'failed'
            from {self._log(schema)} as started
            left join {self._log(schema)} as finished
                on started.invocation_id = finished.invocation_id and finished.action like '%~_finished' escape '~'
            where started.action like '%~_started' escape '~' and started.invocation_id is not null
            order by started.entry_number desc
            limit 1
            """
        )
        if not found:
            return None
        ((invocation, outcome, failed),) = found
        words = "did not finish" if outcome is None else f"failed, at {failed}"
        return invocation, outcome or "killed", words

    def _log(self, schema: str) -> str:
        return ".".join(quoted(part) for part in (self._database, schema, "audit_log"))

    def copy_runs(self, schema: str) -> int:
        """Copy from the audit log when each run was and how it ended, without who ran it."""
        ((count,),) = self._rows(
            f"""
            create table {COPY}.runs as
            select
                invocation_id,
                any_value(split_part(action, '_started', 1)) filter (action like '%~_started' escape '~') as command,
                min(occurred_at) as started_at,
                max(occurred_at) filter (action like '%~_finished' escape '~') as finished_at,
                max(details ->> 'outcome') as outcome,
                count(*) filter (action = 'gate_let_pass') as gate_warning_count,
                any_value(strate_version) as strate_version
            from {self._log(schema)}
            where invocation_id is not null
            group by invocation_id
            """
        )
        return count


def _lower(names: frozenset[str]) -> set[str]:
    return {name.lower() for name in names}


def _expression(name: str, kind: str) -> str:
    cast = "VARCHAR" if kind.startswith("ENUM") else _CASTS.get(kind)
    return f"cast({quoted(name)} as {cast}) as {quoted(name)}" if cast else quoted(name)


def _attached_name(database: Path, plan: Plan) -> str:
    """Return what views of the build call its database, which is the file's name unless that was changed since."""
    name = database_name(database)
    return next(iter(plan.databases)) if len(plan.databases) == 1 else name


def _open_build(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    wait: float,
    say: Callable[[str], None],
    while_reading: ExitStack,
) -> tuple[Plan, str, bool]:
    """Attach the build, once nobody writes to it; return what is public, its name, and whether it is encrypted."""
    database = source.database
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: run `dbt build` first, or name the file with --database.")
    deadline = time.monotonic() + wait
    is_told = False
    while True:
        try:
            while_reading.enter_context(brief_reading(database))
            encrypted = is_encrypted(database)
            plan = read_plan(source.target)  # not earlier: a build that was waited for may have changed what is public
            name = _attached_name(database, plan)
            attach_file(connection, database, name, encrypted=encrypted, read_only=True)
            return plan, name, encrypted
        except DatabaseBusyError as error:
            while_reading.close()
            if time.monotonic() >= deadline:
                raise RuntimeError(
                    f"{database} was open in another process for {wait:g} seconds, and nothing was published: run the "
                    f"command again when the build is done, or let it wait longer with --wait. ({error})"
                ) from error
        if not is_told:
            say(f"A build has {database} open: waiting until it is done, for {wait:g} seconds at most.")
            is_told = True
        time.sleep(_BUILD_WAIT)


def _write_gates(connection: duckdb.DuckDBPyConnection, gates: list) -> int:
    connection.execute(f"create table {COPY}.gate_results (gate varchar, status varchar, finding_count bigint)")
    connection.executemany(
        f"insert into {COPY}.gate_results values (?, ?, ?)",
        [[gate.name, gate.status, gate.finding_count] for gate in gates],
    )
    return len(gates)


def _as_of_date(connection: duckdb.DuckDBPyConnection) -> date | None:
    """Return the latest date of the segments."""
    if not connection.execute(
        "select 1 from duckdb_columns() "
        f"where database_name = '{COPY}' and table_name = 'segments' and column_name = 'as_of_date'"
    ).fetchall():
        return None
    ((found,),) = connection.execute(f"select max(as_of_date)::date from {COPY}.segments").fetchall()
    return found


def _write_publication(
    connection: duckdb.DuckDBPyConnection,
    publication: Publication,
    descriptions: dict[str, str],
    currency: str | None,
) -> None:
    connection.execute(
        f"create table {COPY}.published_tables (table_name varchar, description varchar, row_count bigint)"
    )
    connection.executemany(
        f"insert into {COPY}.published_tables values (?, ?, ?)",
        [[name, descriptions.get(name, ""), count] for name, count in publication.row_counts.items()],
    )
    connection.execute(
        f"""
        create table {COPY}.publication as
        select
            ?::varchar as publication_id, ?::timestamp as published_at, ?::varchar as invocation_id,
            ?::varchar as strate_version, ?::date as as_of_date, ?::bigint as table_count, ?::bigint as row_count,
            ?::varchar as currency
        """,
        [
            publication.publication_id,
            publication.published_at,
            publication.invocation_id,
            publication.strate_version,
            publication.as_of_date,
            len(publication.row_counts),
            sum(publication.row_counts.values()),
            currency,
        ],
    )


def _comment(connection: duckdb.DuckDBPyConnection, tables: list[PublicTable], descriptions: dict[str, str]) -> None:
    """Write the descriptions of dbt into the copy, from where Postgres takes them too."""
    there: dict[str, set[str]] = {}
    for table, column in connection.execute(
        f"select table_name, column_name from duckdb_columns() where database_name = '{COPY}'"
    ).fetchall():
        there.setdefault(table, set()).add(column)
    for name, description in descriptions.items():
        if name in there and description:
            connection.execute(f"comment on table {COPY}.{quoted(name)} is {text(description)}")
    for table in tables:
        for column, description in table.columns.items():
            if description and column in there.get(table.name, ()):
                connection.execute(
                    f"comment on column {COPY}.{quoted(table.name)}.{quoted(column)} is {text(description)}"
                )
