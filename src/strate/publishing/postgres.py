"""Publishing to a schema of Postgres, in one transaction that readers neither wait for nor see a part of."""

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import duckdb

from strate.extensions import load_extension
from strate.progress import track
from strate.publishing.copied import COPIED, CopiedTable, open_copy
from strate.publishing.plan import PublicTable
from strate.publishing.postgres_types import MAX_NAME, check_names, postgres_type
from strate.sql import quoted, text

URL_VARIABLE = "STRATE_POSTGRES_URL"
LOCK_WAIT_MS = 300  # a table whose columns change is asked for so long at a time; readers that come then wait behind
LOCK_TRIES = 100
_PAUSE = 0.2  # seconds between two tries, in which readers go ahead
_NEW = "strate_new_{number}"
_TOO_LONG = (
    "somebody has been reading a table whose columns change for too long: run the command again when they are done"
)


@dataclass(frozen=True)
class PostgresTarget:
    """A schema of a Postgres database.

    Attributes
    ----------
    url : str
        libpq's connection string, with the password if there is one.
    schema : str
        Made if it is not there.
    reader : str, optional
        Role that may read what is published; made, without the right to log in, if it is not there.
    """

    url: str
    schema: str = "strate"
    reader: str | None = None

    @classmethod
    def of_environment(cls, schema: str, reader: str | None) -> "PostgresTarget":
        """Return the target whose connection string is in STRATE_POSTGRES_URL.

        Raises
        ------
        ValueError
            If there is none.
        """
        url = os.environ.get(URL_VARIABLE, "")
        if not url:
            raise ValueError(
                f"The environment variable {URL_VARIABLE} is not set: set it to the connection string of the database, "
                "such as postgresql://strate@localhost/analytics."
            )
        return cls(url, schema, reader)

    @property
    def place(self) -> str:
        """The host, the database and the schema in words, without user and password."""
        if "://" in self.url:
            parts = urlsplit(self.url)
            host = (parts.hostname or "localhost") + (f":{parts.port}" if parts.port else "")
            database = parts.path.lstrip("/") or "its default database"
        else:
            found = dict(re.findall(r"(host|dbname)\s*=\s*'?([^'\s]+)", self.url))
            host, database = found.get("host", "localhost"), found.get("dbname", "its default database")
        return f"the schema {self.schema} of {database} at {host}"


class Postgres:
    """A connection of DuckDB to Postgres; all statements between `begin` and `commit` are one transaction."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection

    def execute(self, sql: str, *, in_transaction: bool = True) -> None:
        """Run statements without a result."""
        option = "" if in_transaction else ", use_transaction = false"
        self._connection.execute(f"call postgres_execute('pg', {text(sql)}{option})")

    def rows(self, sql: str) -> list[tuple]:
        """Return the rows of a query."""
        return self._connection.execute(f"from postgres_query('pg', {text(sql)})").fetchall()

    def insert(self, schema: str, name: str, source: str, columns: dict[str, str]) -> int:
        """Copy the columns of a table of DuckDB into one of Postgres; return how many rows."""
        names = ", ".join(quoted(column) for column in columns)
        values = ", ".join(
            f"cast({quoted(column)} as {cast})" if (cast := postgres_type(kind)[1]) else quoted(column)
            for column, kind in columns.items()
        )
        ((count,),) = self._connection.execute(
            f"insert into pg.{quoted(schema)}.{quoted(name)} ({names}) select {values} from {source}"
        ).fetchall()
        return count

    def forget(self) -> None:
        """Have DuckDB look anew which tables there are."""
        self._connection.execute("call pg_clear_cache()")


@contextmanager
def _in_a_sentence(target: PostgresTarget) -> Iterator[None]:
    """Tell of an error of Postgres without the connection string, which may hold a password."""
    try:
        yield
    except duckdb.Error as error:
        raise RuntimeError(f"Nothing was published to {target.place}: {_reason(error, target)}") from None


def _reason(error: duckdb.Error, target: PostgresTarget) -> str:
    """Return what Postgres says, which comes last; DuckDB puts the whole statement around it."""
    reason = str(error).replace(target.url, "...")
    for mark in ("ERROR:  ", "FATAL:  ", "failed: "):
        if mark in reason:
            reason = reason.rsplit(mark, 1)[1]
    return " ".join(reason.split("\nCONTEXT:")[0].split("\nLINE 1:")[0].split())


def check_postgres(target: PostgresTarget) -> None:
    """Connect once, so that what is wrong with the connection shows before anything is made.

    Raises
    ------
    RuntimeError
        If the extension is not installed, or the database cannot be reached.
    """
    with duckdb.connect() as connection, _in_a_sentence(target):
        _attach(connection, target).rows("select 1")


def _attach(connection: duckdb.DuckDBPyConnection, target: PostgresTarget) -> Postgres:
    load_extension(connection, "postgres_scanner", "postgres", "Publishing to Postgres")
    connection.execute("set pg_null_byte_replacement = ''")  # no text of Postgres can hold one
    connection.execute(f"attach {text(target.url)} as pg (type postgres, schema {text(target.schema)})")
    return Postgres(connection)


def write_postgres(
    copy: Path, target: PostgresTarget, plan_tables: list[PublicTable], say: Callable[[str], None]
) -> None:
    """Write all tables of a copy to a schema of Postgres, in one transaction.

    Tables that have the same columns as before are emptied and filled: readers see the rows of before until the
    commit, and wait for nothing. A table whose columns changed is made beside the old one and takes its place just
    before the commit.

    Parameters
    ----------
    copy : pathlib.Path
        DuckDB file with the tables.
    target : PostgresTarget
        Where to.
    plan_tables : list of PublicTable
        Tables of the build, for their keys.
    say : callable
        Takes a sentence on each step.

    Raises
    ------
    RuntimeError
        If Postgres refuses something, another publication is at work on the schema, or a table of somebody else has the
        name of one that is published.
    ValueError
        If a name is too long for Postgres, or a column of a type that it does not have.
    """
    keys = {table.name: table.key for table in plan_tables}
    with open_copy(copy) as (connection, tables):
        check_names(tables)
        with _in_a_sentence(target):
            postgres = _attach(connection, target)
            connection.execute("begin")
            _Schema(postgres, target.schema).replace(tables, keys, target.reader)
            connection.execute("commit")
        say(f"Published to {target.place}.")
        names = ", ".join(f"{quoted(target.schema)}.{quoted(table.name)}" for table in tables)
        try:
            # Rows of before make room for those of the next publication, and the planner learns of the new ones.
            postgres.execute(f"vacuum (analyze, skip_locked) {names}", in_transaction=False)
        except duckdb.Error as error:
            say(f"It could not be vacuumed, which Postgres will do by itself: {_reason(error, target)}")


class _Schema:
    """The schema that is published to."""

    def __init__(self, postgres: Postgres, schema: str) -> None:
        self._postgres = postgres
        self._schema = schema

    def _name(self, table: str) -> str:
        return f"{quoted(self._schema)}.{quoted(table)}"

    def replace(
        self,
        tables: list[CopiedTable],
        keys: dict[str, tuple[str, ...]],
        reader: str | None,
    ) -> None:
        """Replace all that is published, in the transaction that is open."""
        # Each statement sees what is committed when it begins, not what was when the lock was asked for.
        self._postgres.execute("set transaction isolation level read committed")
        ((is_alone,),) = self._postgres.rows(
            f"select pg_try_advisory_xact_lock(hashtextextended({text(f'strate publish {self._schema}')}, 0))"
        )
        if not is_alone:
            raise RuntimeError(
                f"Another `strate publish` is writing to the schema {self._schema}: wait until it is done."
            )
        self._make_schema()
        there = self._columns()
        mine = self._published(there)
        wanted = {
            table.name: {name: postgres_type(kind)[0] for name, kind in table.columns.items()} for table in tables
        }
        if foreign := sorted(wanted.keys() & there.keys() - mine):
            raise RuntimeError(
                f"The schema {self._schema} of Postgres has a table {foreign[0]} that `strate publish` did not make: "
                "name another schema with --postgres-schema."
            )
        roles = self._readers(there) | ({reader} if reader else set())
        if reader:
            self._make_reader(reader)
        place = {
            table.name: table.name
            if table.name not in there or there[table.name] == wanted[table.name]
            else _NEW.format(number=number)
            for number, table in enumerate(tables)
        }
        self._postgres.execute(
            ";".join(
                f"create table {self._name(place[table])} "
                f"({', '.join(f'{quoted(column)} {kind}' for column, kind in columns.items())})"
                for table, columns in wanted.items()
                if place[table] not in there
            )
            or "select 1"
        )
        self._postgres.forget()
        for table in track(tables, "Tables written to Postgres"):
            if place[table.name] in there:
                self._postgres.execute(f"delete from {self._name(table.name)}")
            self._postgres.insert(self._schema, place[table.name], f"{COPIED}.{quoted(table.name)}", table.columns)
        self._describe(tables, place, keys)
        self._grant(place, roles)
        self._swap(
            {table: new for table, new in place.items() if table != new}, sorted(mine & there.keys() - wanted.keys())
        )

    def _make_schema(self) -> None:
        name = text(self._schema)
        if not self._postgres.rows(f"select 1 from pg_namespace where nspname = {name}"):
            self._postgres.execute(f"create schema {quoted(self._schema)}")

    def _columns(self) -> dict[str, dict[str, str]]:
        """Return the relations of the schema with their columns and types."""
        rows = self._postgres.rows(
            f"""
            select pg_class.relname, pg_attribute.attname, format_type(pg_attribute.atttypid, pg_attribute.atttypmod)
            from pg_class
            inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
            left join pg_attribute
                on pg_class.oid = pg_attribute.attrelid and pg_attribute.attnum > 0 and not pg_attribute.attisdropped
            where pg_namespace.nspname = {text(self._schema)} and pg_class.relkind in ('r', 'v', 'm', 'f', 'p')
            """
        )
        found: dict[str, dict[str, str]] = {}
        for table, column, kind in rows:
            columns = found.setdefault(table, {})
            if column is not None:
                columns[column] = kind
        return found

    def _published(self, there: dict[str, dict[str, str]]) -> set[str]:
        """Return the tables that the publication before made."""
        if "published_tables" not in there:
            return set()
        rows = self._postgres.rows(f"select table_name from {self._name('published_tables')}")
        return {name for (name,) in rows} | {"published_tables", "publication"}

    def _readers(self, there: dict[str, dict[str, str]]) -> set[str]:
        """Return the roles that may read `publication`: they may read all that is published."""
        if "publication" not in there:
            return set()
        rows = self._postgres.rows(
            f"""
            select distinct pg_roles.rolname
            from pg_class
            inner join pg_namespace on pg_class.relnamespace = pg_namespace.oid
            cross join lateral aclexplode(pg_class.relacl) as granted
            inner join pg_roles on granted.grantee = pg_roles.oid
            where pg_namespace.nspname = {text(self._schema)} and pg_class.relname = 'publication'
                and granted.privilege_type = 'SELECT' and granted.grantee <> pg_class.relowner
            """
        )
        return {name for (name,) in rows}

    def _make_reader(self, reader: str) -> None:
        if not self._postgres.rows(f"select 1 from pg_roles where rolname = {text(reader)}"):
            self._postgres.execute(f"create role {quoted(reader)} nologin")
        self._postgres.execute(f"grant usage on schema {quoted(self._schema)} to {quoted(reader)}")

    def _grant(self, place: dict[str, str], roles: set[str]) -> None:
        names = ", ".join(self._name(new) for new in place.values())
        for role in sorted(roles):
            self._postgres.execute(f"grant select on {names} to {quoted(role)}")

    def _describe(self, tables: list[CopiedTable], place: dict[str, str], keys: dict[str, tuple[str, ...]]) -> None:
        """Index the keys and write the descriptions; neither keeps a reader waiting."""
        statements = []
        for table in tables:
            name = self._name(place[table.name])
            if key := keys.get(table.name):
                index = f"{place[table.name][: MAX_NAME - 4]}_key"
                columns = ", ".join(quoted(column) for column in key)
                statements.append(f"create index if not exists {quoted(index)} on {name} ({columns})")
            statements.append(f"comment on table {name} is {text(table.comment)}")
            statements += [
                f"comment on column {name}.{quoted(column)} is {text(comment)}"
                for column, comment in table.column_comments.items()
            ]
        self._postgres.execute(";".join(statements))

    def _swap(self, changed: dict[str, str], dropped: list[str]) -> None:
        """Put tables in the place of those whose columns changed, and drop those that are no longer published.

        It needs each such table for itself for a moment. While somebody reads one it tries again and again, and
        between two tries lets others go ahead.
        """
        if not changed and not dropped:
            return
        statements = [f"drop table {self._name(table)}" for table in [*changed, *dropped]]
        for table, new in changed.items():
            statements.append(f"alter table {self._name(new)} rename to {quoted(table)}")
            index, name = f"{new}_key", f"{table[: MAX_NAME - 4]}_key"
            statements.append(f"alter index if exists {self._name(index)} rename to {quoted(name)}")
        self._postgres.execute(
            f"""
            do $strate$
            declare
                tries int := 0;
            begin
                set local lock_timeout = {LOCK_WAIT_MS};
                loop
                    begin
                        {"; ".join(statements)};
                        exit;
                    exception when lock_not_available then
                        tries := tries + 1;
                        if tries >= {LOCK_TRIES} then
                            raise exception '{_TOO_LONG}';
                        end if;
                        perform pg_sleep({_PAUSE});
                    end;
                end loop;
            end
            $strate$
            """
        )
