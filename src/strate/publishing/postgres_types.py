"""Names and types that Postgres has."""

import re

from strate.publishing.copied import CopiedTable

MAX_NAME = 63  # bytes; Postgres would cut what is longer
# DuckDB's types, with Postgres's and what a value is cast to on the way, where they have none in common.
_TYPES = {
    "BOOLEAN": ("boolean", None),
    "TINYINT": ("smallint", "SMALLINT"),
    "UTINYINT": ("smallint", "SMALLINT"),
    "SMALLINT": ("smallint", None),
    "USMALLINT": ("integer", "INTEGER"),
    "INTEGER": ("integer", None),
    "UINTEGER": ("bigint", "BIGINT"),
    "BIGINT": ("bigint", None),
    "UBIGINT": ("numeric(20,0)", "DECIMAL(20, 0)"),
    "FLOAT": ("real", None),
    "DOUBLE": ("double precision", None),
    "VARCHAR": ("text", None),
    "DATE": ("date", None),
    "TIME": ("time without time zone", None),
    "TIMESTAMP": ("timestamp without time zone", None),
    "TIMESTAMP_S": ("timestamp without time zone", "TIMESTAMP"),
    "TIMESTAMP_MS": ("timestamp without time zone", "TIMESTAMP"),
    "TIMESTAMP_NS": ("timestamp without time zone", "TIMESTAMP"),
    "TIMESTAMP WITH TIME ZONE": ("timestamp with time zone", None),
    "INTERVAL": ("interval", None),
    "UUID": ("uuid", None),
    "BLOB": ("bytea", None),
    "JSON": ("text", "VARCHAR"),
}


def postgres_type(kind: str) -> tuple[str, str | None]:
    """Return the type of Postgres for one of DuckDB, and what a value is cast to in DuckDB on the way, if anything."""
    if found := re.fullmatch(r"DECIMAL\((\d+),\s*(\d+)\)", kind):
        return f"numeric({found[1]},{found[2]})", None
    return _TYPES[kind]


def check_names(tables: list[CopiedTable]) -> None:
    """Raise ValueError if a name is too long for Postgres, or it does not have the type of a column."""
    for table in tables:
        for name in (table.name, *table.columns):
            if len(name.encode()) > MAX_NAME:
                raise ValueError(
                    f"{table.name}: the name {name} is longer than Postgres allows, which is {MAX_NAME} bytes."
                )
        for column, kind in table.columns.items():
            if kind not in _TYPES and not kind.startswith("DECIMAL"):
                raise ValueError(
                    f"{table.name}.{column} is of type {kind}, which Postgres does not have: cast it in the model."
                )
