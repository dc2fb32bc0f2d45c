"""The DuckDB files of builds: copied, and cut down to what another build may keep of them."""

import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import duckdb

_LIST = """
select schema_name, table_name as name, 'table' as kind from duckdb_tables() where not internal
union all
select schema_name, view_name, 'view' from duckdb_views() where not internal
order by kind desc, schema_name, name
"""


def close_log(database: Path) -> None:
    """Fold what a DuckDB file has in its write-ahead log into the file, so that the file alone is all of it."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("checkpoint")


def carry_over(base: Path, head: Path, kept: Iterable[dict[str, Any]], inputs: Path | None) -> None:
    """Start head's database as base's, without everything but some nodes of the manifest and the inputs.

    What is to be built is not there, so that what grows by increments begins anew as base's did; what runs wrote of
    themselves is not there either. The file's name stays the same, as views have it in their SQL.
    """
    shutil.copyfile(base, head)
    keep = {(node["schema"].lower(), node["alias"].lower()) for node in kept}
    if inputs:
        with duckdb.connect(str(inputs), read_only=True) as connection:
            keep |= {(schema.lower(), name.lower()) for schema, name, _ in connection.execute(_LIST).fetchall()}
    with duckdb.connect(str(head)) as connection:
        for schema, name, kind in connection.execute(_LIST).fetchall():
            if (schema.lower(), name.lower()) not in keep:
                connection.execute(f"drop {kind} {_quoted(schema)}.{_quoted(name)}")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
