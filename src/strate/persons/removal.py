"""Taking a person out of the tables: whole rows by their keys, values elsewhere by what they are."""

from collections.abc import Iterable
from dataclasses import dataclass

import duckdb

from strate.persons.person import Person
from strate.persons.traces import ERASED, Traces, distinctive
from strate.persons.warehouse import CLOSED, OWN_SEEDS, ROW_COLUMNS, SOURCE_KEYS, Relation
from strate.progress import track
from strate.sql import quoted

# Texts that are chosen from a list by the business, and never hold an id, though one may look like it.
_CODES = {
    "campaign_id",
    "product_id",
    "product_name",
    "category",
    "brand",
    "channel",
    "event_name",
    "event_type",
    "segment_key",
    "segmentation",
    "model_version",
    "entry_hash",
    "previous_hash",
}
# The log's hashes hold it together, and the other two are written by the erasure itself, by pseudonym.
_UNTOUCHED = {"audit_log", "suppressed_identifiers", "erasure_certificates"}


REMARK = "in rows of others: take it out of the source too, or it comes back"
"""What is said of values in rows that stay: raw rows are left out by their keys, and not searched at each load."""


@dataclass(frozen=True)
class Finding:
    """What was done about the person in one place, and to how many rows.

    `kind` is table, view, file or source; `action` is deleted, anonymised, redacted, closed, not_touched or unreadable.
    """

    kind: str
    place: str
    action: str
    row_count: int | None
    detail: str | None = None


def remove_rows(
    connection: duckdb.DuckDBPyConnection, found: list[Relation], person: Person, order_basis: str | None = None
) -> list[Finding]:
    """Take a person out of all tables of Strate, in the transaction that is open.

    Rows that a key tells to be the person's are deleted. What is left of distinctive values, inside texts or in columns
    that nobody foresaw, is replaced by `[erased]` and the row stays, as it is somebody else's or nobody's.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Open for writing.
    found : list of Relation
        All relations of the database.
    person : Person
        Who is to go; `load_keys` comes first.
    order_basis : str, optional
        Why orders have to be kept. Theirs then lose all that tells whose they are, and stay; so do their lines.

    Returns
    -------
    list of Finding
        One per place where there was something, tables that are not Strate's among them.
    """
    findings = []
    tables = [one for one in found if not one.is_view]
    for table in track(tables, "Rows by key, tables"):
        condition = is_of_person(table)
        if condition and table.is_own and table.name not in _UNTOUCHED:
            if order_basis and "order_id" in table.columns:
                if count := _anonymise(connection, table):
                    findings.append(Finding("table", table.label, "anonymised", count, order_basis))
                continue
            ((count,),) = connection.execute(f"delete from {table.sql} where {condition}").fetchall()
            if count:
                findings.append(Finding("table", table.label, "deleted", count))
                if table.name in OWN_SEEDS:
                    findings.append(
                        Finding("source", table.label, "not_touched", count, "the seed's file: take the rows out of it")
                    )
    search = _Search(person)
    for table in track(tables, "Search of texts, tables"):
        if table.is_own and table.name not in _UNTOUCHED:
            if count := sum(_redact(connection, table, column, search) for column in search.columns(connection, table)):
                findings.append(Finding("table", table.label, "redacted", count, REMARK))
        elif count := _count(connection, table, search):
            detail = "the log is never changed" if table.is_own else "not a table of Strate"
            findings.append(Finding("source", table.label, "not_touched", count, detail))
    return findings


def load_keys(
    connection: duckdb.DuckDBPyConnection, found: Iterable[Relation], person: Person, *, has_orders: bool = True
) -> None:
    """Write the person's keys to the temporary table person_keys (kind, value), also those of their rows.

    The key of an order, answer or event is theirs when no row with it names somebody else. Without `has_orders` those
    of orders and lines are left out, as they stay.
    """
    connection.execute("create or replace temp table person_keys (kind varchar, value varchar)")
    rows = [[kind, value] for kind, values in person.keys.items() for value in sorted(values)]
    connection.executemany("insert into person_keys values (?, ?)", rows)
    # Other views are made of these.
    sources = [one for one in found if one.is_own and (one.reads_input or not one.is_view)]
    for relation in sources:
        if relation.row_columns and relation.person_columns:
            source = relation.source
            mine = _by_person(relation)
            names_somebody = f"coalesce({', '.join(_text(column) for column in relation.person_columns)}) is not null"
            for column in relation.row_columns:
                _add_keys(
                    connection,
                    f"""
                    select '{column}' as kind, {_text(column)} as value from {source}
                    where {_text(column)} in (select {_text(column)} from {source} where {mine})
                    group by all having bool_and({mine} or not ({names_somebody}))
                    """,
                )
    for relation in sources:
        if len(relation.row_columns) > 1 and not relation.person_columns:
            for column in relation.row_columns:
                _add_keys(
                    connection,
                    f"""
                    select '{column}' as kind, {_text(column)} as value from {relation.source}
                    where {_by_row(relation)}
                    """,
                )
    if not has_orders:
        connection.execute("delete from person_keys where kind in ('order_id', 'order_line_id')")


def _add_keys(connection: duckdb.DuckDBPyConnection, query: str) -> None:
    try:
        connection.execute(
            f"insert into person_keys select * from ({query}) where value is not null except from person_keys"
        )
    except (duckdb.IOException, duckdb.CatalogException):
        return  # a view over an input that has gone, which views_with reports


def is_of_person(relation: Relation) -> str | None:
    """Return SQL for whether a row of a relation is the person's by its keys, never null; None if it has no keys.

    Keys of a person decide; those of an order or event where the row names nobody.
    """
    by_person = _by_person(relation) if relation.person_columns else None
    by_row = _by_row(relation) if relation.row_columns else None
    if relation.name == "rejected_rows" and {"input", "source_key"} <= set(relation.columns):
        cases = " ".join(f"when '{name}' then '{kind}'" for name, kind in SOURCE_KEYS.items())
        return f"coalesce((case input {cases} end, source_key) in (select (kind, value) from person_keys), false)"
    if by_person and by_row:
        nobody = f"coalesce({', '.join(_text(column) for column in relation.person_columns)}) is null"
        return f"({by_person} or ({nobody} and {by_row}))"
    return by_person or by_row


def _by_person(relation: Relation) -> str:
    parts = [
        f"coalesce({'lower(' + _text(column) + ')' if kind == 'email' else _text(column)} "
        f"in (select value from person_keys where kind = '{kind}'), false)"
        for column, kind in relation.person_columns.items()
    ]
    return f"({' or '.join(parts)})"


def _by_row(relation: Relation) -> str:
    parts = [
        f"coalesce({_text(column)} in (select value from person_keys where kind = '{column}'), false)"
        for column in relation.row_columns
    ]
    return f"({' or '.join(parts)})"


def _text(column: str) -> str:
    return f"cast({quoted(column)} as varchar)"


def _texts(table: Relation) -> list[str]:
    """Return the columns that can hold a text: texts themselves, and lists, structs and JSON of them."""
    return [
        column
        for column, kind in table.columns.items()
        if any(part in kind for part in ("VARCHAR", "JSON", "VARIANT", "UNION", "ENUM"))
    ]


def _anonymise(connection: duckdb.DuckDBPyConnection, table: Relation) -> int:
    if not table.person_columns:
        return 0
    nothing = ", ".join(f"{quoted(column)} = null" for column in table.person_columns)
    return connection.execute(f"update {table.sql} set {nothing} where {_by_person(table)}").fetchall()[0][0]


class _Search:
    """What to look for in the texts of a column."""

    def __init__(self, person: Person) -> None:
        certain, bare = distinctive(person)
        self._certain, self._all = Traces(certain), Traces(certain | bare)

    def traces(self, column: str) -> Traces:
        return self._certain if column in _CODES or column in ROW_COLUMNS else self._all

    def conditions(self, table: Relation) -> dict[str, str]:
        """Return SQL for whether a row has a value, by column."""
        return {
            column: "coalesce(regexp_matches({}, '{}'), false)".format(
                _text(column), self.traces(column).sql.replace("'", "''")
            )
            for column in _texts(table)
        }

    def columns(self, connection: duckdb.DuckDBPyConnection, table: Relation) -> list[str]:
        """Return the columns of a table in which there is a value; one pass over the table."""
        conditions = self.conditions(table)
        if not conditions:
            return []
        ((*found,),) = connection.execute(
            f"select {', '.join(f'bool_or({condition})' for condition in conditions.values())} from {table.sql}"
        ).fetchall()
        return [column for column, is_in in zip(conditions, found, strict=True) if is_in]


def _redact(connection: duckdb.DuckDBPyConnection, table: Relation, column: str, search: _Search) -> int:
    traces, count = search.traces(column), 0
    cells = connection.execute(
        f"select distinct {_text(column)} from {table.sql} where {search.conditions(table)[column]}"
    ).fetchall()
    for (cell,) in cells:
        new = ERASED if table.columns[column].startswith("ENUM") else traces.redacted(cell)
        try:
            done = connection.execute(
                f"update {table.sql} set {quoted(column)} = try_cast(? as {table.columns[column]}) "
                f"where {_text(column)} = ?",
                [new, cell],
            )
        except duckdb.ConstraintException as error:
            raise RuntimeError(f"{table.label}.{column} has the person, and cannot be changed: {error}") from error
        count += done.fetchall()[0][0]
    return count


def _count(connection: duckdb.DuckDBPyConnection, table: Relation, search: _Search) -> int:
    conditions = [*search.conditions(table).values()]
    if not table.is_own and (by_key := is_of_person(table)):
        conditions.append(by_key)
    if not conditions:
        return 0
    return connection.execute(f"select count(*) from {table.sql} where {' or '.join(conditions)}").fetchall()[0][0]


def views_with(connection: duckdb.DuckDBPyConnection, found: Iterable[Relation]) -> list[Finding]:
    """Return the views over tables that are not Strate's in which the person is; `load_keys` comes first."""
    findings = []
    for view in found:
        condition = is_of_person(view) if view.is_view and view.reads_input else None
        if condition is None or view.is_closed:
            continue
        try:
            ((count,),) = connection.execute(f"select count(*) from {view.sql} where {condition}").fetchall()
        except (duckdb.IOException, duckdb.CatalogException) as error:
            findings.append(Finding("view", view.label, "unreadable", None, str(error).split("\n")[0]))
        else:
            if count:
                findings.append(Finding("view", view.label, "closed", count, "until the next build"))
    return findings


def close_view(connection: duckdb.DuckDBPyConnection, view: Relation) -> None:
    """Make a view say CLOSED to whoever reads it; what it reads stays in its text."""
    connection.execute(
        f"create or replace view {view.sql} as "
        f"select * from ({view.body}) as closed_view where error('{CLOSED}') is null"
    )
