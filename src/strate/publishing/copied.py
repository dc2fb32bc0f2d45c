"""Reading the copy that was made of the build, from which all other targets are made."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb

from strate.database import attach_file, is_encrypted

COPIED = "copied"


@dataclass(frozen=True)
class CopiedTable:
    """A table of the copy: its name, its comment, its columns with their types, and the comments of columns."""

    name: str
    comment: str
    columns: dict[str, str]
    column_comments: dict[str, str]


@contextmanager
def open_copy(copy: Path) -> Iterator[tuple[duckdb.DuckDBPyConnection, list[CopiedTable]]]:
    """Open a copy without the right to write, as the database `copied`; yield the connection and the tables in it."""
    with duckdb.connect() as connection:
        attach_file(connection, copy, COPIED, encrypted=is_encrypted(copy), read_only=True)
        rows = connection.execute(
            f"""
            select
                tables.table_name, coalesce(tables.comment, ''),
                list(columns.column_name order by columns.column_index),
                list(columns.data_type order by columns.column_index),
                list(coalesce(columns.comment, '') order by columns.column_index)
            from duckdb_tables() as tables
            inner join duckdb_columns() as columns using (database_oid, schema_oid, table_oid)
            where tables.database_name = '{COPIED}'
            group by all
            order by tables.table_name
            """
        ).fetchall()
        yield (
            connection,
            [
                CopiedTable(
                    name, comment, dict(zip(names, kinds, strict=True)), dict(zip(names, comments, strict=True))
                )
                for name, comment, names, kinds, comments in rows
            ],
        )
