"""The relations of a database: which are Strate's, and which of their columns hold keys of persons."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from strate.database import open_database
from strate.pseudonyms import VARIABLE, pseudonym, set_session_key
from strate.sql import quoted

# Columns that hold the key of a person, by what the key is.
PERSON_COLUMNS = {
    "crm_customer_id": "crm",
    "erp_customer_id": "erp",
    "customer_id": "customer",
    "account_key": "account",
    "account_key_a": "account",
    "account_key_b": "account",
    "visitor_key": "account",
    "group_key": "account",
    "user_id": "user",
    "anonymous_id": "device",
    "email": "email",
    "phone": "phone",
}
# Columns that hold the key of something that belongs to a person. They count by their exact name.
ROW_COLUMNS = (
    "order_id",
    "order_line_id",
    "consent_id",
    "campaign_event_id",
    "message_id",
    "response_id",
    "event_id",
)
# What `rejected_rows.source_key` is, by its column `input`.
SOURCE_KEYS = {
    "crm_customers": "crm",
    "crm_consents": "consent_id",
    "crm_campaign_events": "campaign_event_id",
    "erp_orders": "order_id",
    "erp_order_lines": "order_line_id",
    "tracking_events": "event_id",
    "survey_responses": "response_id",
}
# Written by hooks and commands, beside the models.
OWN_TABLES = (
    "audit_log",
    "input_runs",
    "model_registry",
    "relation_inputs",
    "relation_runs",
    "retention_cutoffs",
    "retention_runs",
    "suppressed_identifiers",
    "erasure_certificates",
    "kept_by_law",
)
# Seeds that people write names of accounts and customers into. Other seeds are inputs, and not Strate's to change.
OWN_SEEDS = ("segment_overrides", "identity_decisions")

CLOSED = "A person was erased, and this view reads tables that still have them: run `dbt build`."
"""What a view says that would show an erased person until it is made anew."""


@dataclass(frozen=True)
class Relation:
    """A table or view of the database.

    `columns` has the type of each column by name; `is_own` says whether Strate wrote it, and may delete from it;
    `reads_input` whether it reads an input of the contract; `view_text` is the statement that made it, if it is a view.
    """

    schema: str
    name: str
    columns: dict[str, str]
    is_own: bool
    reads_input: bool
    view_text: str | None

    @property
    def sql(self) -> str:
        """Its name as SQL."""
        return f"{quoted(self.schema)}.{quoted(self.name)}"

    @property
    def is_view(self) -> bool:
        """Whether it is a view."""
        return self.view_text is not None

    @property
    def is_closed(self) -> bool:
        """Whether it is a view that an erasure has closed."""
        return self.view_text is not None and CLOSED in self.view_text

    @property
    def body(self) -> str:
        """The query of a view, as it was before it was closed if it is."""
        text = (self.view_text or "").split(" AS ", 1)[1].rstrip("; \n")
        return text.split("(", 1)[1].rsplit(") AS closed_view", 1)[0] if self.is_closed else text

    @property
    def source(self) -> str:
        """What to read its rows from, as SQL."""
        return f"({self.body}) as {quoted(self.name)}" if self.is_closed else self.sql

    @property
    def label(self) -> str:
        """Its name as people write it."""
        return f"{self.schema}.{self.name}"

    @property
    def person_columns(self) -> dict[str, str]:
        """Columns with keys of the person that a row is about, and the kind of each.

        Where a column has the plain name, others such as from_customer_id name somebody beside the row's own person.
        """
        plain = {column: PERSON_COLUMNS[column] for column in self.columns if column in PERSON_COLUMNS}
        return plain or {column: kind for column in self.columns if (kind := _kind(column))}

    @property
    def customer_columns(self) -> list[str]:
        """All columns with a customer_id, whomever it names."""
        return [column for column in self.columns if (PERSON_COLUMNS.get(column) or _kind(column)) == "customer"]

    @property
    def row_columns(self) -> list[str]:
        """Columns with keys of what belongs to persons."""
        return [column for column in self.columns if column in ROW_COLUMNS]


def _kind(column: str) -> str | None:
    return next((kind for name, kind in PERSON_COLUMNS.items() if column.endswith(f"_{name}")), None)


@contextmanager
def open_warehouse(database: Path, schema: str) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database that a build left for writing, with the key that its staging views need.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of `relation_runs`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    RuntimeError
        If it cannot be opened for writing, was not built, or was built with another pseudonym key.
    """
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: name the file with --database.")
    with open_database(database, read_only=False) as connection:
        set_session_key(connection)
        _check_database(connection, schema)
        yield connection


def _check_database(connection: duckdb.DuckDBPyConnection, schema: str) -> None:
    """Raise RuntimeError where runs recorded nothing in a database, or it was built with another pseudonym key."""
    tables = dict(
        connection.execute(
            "select table_name, schema_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    )
    if not has_table(connection, schema, "relation_runs"):
        raise RuntimeError(
            f"The database has no table {schema}.relation_runs, which tells what is Strate's: run `dbt build` first, "
            "or name the schema with --schema."
        )
    if "pseudonym_key" in tables:
        rows = connection.execute(f"select fingerprint from {quoted(tables['pseudonym_key'])}.pseudonym_key").fetchall()
        if rows and rows[0][0] != pseudonym("strate"):
            raise RuntimeError(f"{VARIABLE} is not the key with which this warehouse was built: set that one.")


def has_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    """Say whether the database has a table."""
    return bool(
        connection.execute(
            """
            select 1 from duckdb_tables()
            where database_name = current_database() and schema_name = ? and table_name = ?
            """,
            [schema, table],
        ).fetchall()
    )


def relations(connection: duckdb.DuckDBPyConnection, schema: str) -> list[Relation]:
    """Return all tables and views of the database by name.

    Parameters
    ----------
    connection : duckdb.DuckDBPyConnection
        Its names resolved in the file's database.
    schema : str
        Schema of `relation_runs`, which tells what Strate made, in whatever schema.
    """
    made = connection.execute(
        f"select distinct table_name, resource_type, relation from {quoted(schema)}.relation_runs"
    ).fetchall()
    readers = {
        row[0]
        for row in connection.execute(
            f"select distinct relation from {quoted(schema)}.relation_inputs where list_contains(?, input)",
            [list(SOURCE_KEYS)],
        ).fetchall()
    }
    own, reading = {(schema, name) for name in OWN_TABLES}, set()
    for table, resource_type, relation in made:
        place = tuple(re.findall(r'"((?:[^"]|"")*)"', table or "")[-2:])
        if resource_type == "model" or relation in OWN_SEEDS:
            own.add(place)
        if relation in readers:
            reading.add(place)
    columns: dict[tuple[str, str], dict[str, str]] = {}
    for table_schema, table, column, kind in connection.execute(
        """
        select schema_name, table_name, column_name, data_type from duckdb_columns()
        where database_name = current_database() and not internal order by all
        """
    ).fetchall():
        columns.setdefault((table_schema, table), {})[column] = kind
    views = {
        (view_schema, view): text
        for view_schema, view, text in connection.execute(
            "select schema_name, view_name, sql from duckdb_views() where database_name = current_database()"
        ).fetchall()
    }
    # A killed build leaves a model under a name of dbt's own, such as customers__dbt_tmp.
    return [
        Relation(
            *place, found, (place[0], re.sub(r"__dbt_\w+$", "", place[1])) in own, place in reading, views.get(place)
        )
        for place, found in sorted(columns.items())
    ]
