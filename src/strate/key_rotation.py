"""A new key for pseudonyms: every customer id that was kept gets the one that the next build will give the customer."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from strate.audit import append_entry
from strate.database import open_database
from strate.persons.warehouse import Relation, has_table, quoted, relations
from strate.progress import track
from strate.pseudonyms import VARIABLE, set_pads

FORMER_VARIABLE = "STRATE_FORMER_PSEUDONYM_KEY"
"""The environment variable that holds the key before the new one; empty where there was none."""


@dataclass(frozen=True)
class Rotation:
    """What `rotate_key` did: rows that have new ids by table, and customers who keep their former one.

    `kept_count` is of customers in the history of whom no account is known any more: nobody can work out their new id.
    `suppressed_count` is of identifiers of erased persons, which nobody can work out either (docs/erasure.md).
    `was_done` is whether the warehouse had the new key already, and nothing was to do.
    """

    row_counts: dict[str, int]
    kept_count: int
    suppressed_count: int
    was_done: bool


def rotate_key(database: Path, schema: str, former_key: str | None, new_key: str | None) -> Rotation:
    """Replace customer ids made with the former key by those that the new key gives, in all tables of the last build.

    All in one transaction, entry of the audit log included: a rotation that was killed has not happened.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    former_key, new_key : str or None
        At least 32 characters each. Without a former key ids are MD5.

    Raises
    ------
    ValueError
        If the new key is missing, either is too short, or the former key is not that of the last build.
    FileNotFoundError
        If there is no such file, or no build in it.
    RuntimeError
        If the file cannot be opened.
    """
    if not new_key:
        raise ValueError(f"{VARIABLE} is not set: give it the new key, and {FORMER_VARIABLE} the one before.")
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: name the file with --database.")
    with open_database(database, read_only=False) as connection:
        if not has_table(connection, schema, "relation_runs"):
            raise FileNotFoundError(
                f"{database} has no {schema}.relation_runs: run `dbt build` with the former key first, or name the "
                "schema with --schema."
            )
        tables = {one.name: one for one in relations(connection, schema) if one.is_own and not one.is_view}
        if missing := {"pseudonym_key", "int_identity__links"} - set(tables):
            raise FileNotFoundError(
                f"{database} has no {', '.join(sorted(missing))}: run `dbt build` with the former key first."
            )
        former, new = _pseudonym(connection, "former", former_key), _pseudonym(connection, "new", new_key)
        ((fingerprint, of_former, of_new),) = connection.execute(
            f"select fingerprint, {former('text')}, {new('text')} "
            f"from {tables['pseudonym_key'].sql}, (select 'strate' as text)"
        ).fetchall()
        if fingerprint == of_new:
            return Rotation({}, 0, 0, was_done=True)
        if fingerprint != of_former:
            raise ValueError(
                f"{FORMER_VARIABLE} is not the key with which this warehouse was built: set it to that one, or leave "
                "it out if there was none."
            )
        connection.execute("begin")
        connection.execute(
            f"""
            create temp table renamed as
            select {former("account_key")} as former_id, {new("account_key")} as new_id
            from ({_texts_of_ids(tables)})
            """
        )
        kept_count = 0
        if "segment_history" in tables:
            ((kept_count,),) = connection.execute(
                f"""
                select count(distinct customer_id) from {tables["segment_history"].sql}
                where customer_id not in (select former_id from renamed)
                """
            ).fetchall()
        suppressed_count = 0
        if "suppressed_identifiers" in tables:
            ((suppressed_count,),) = connection.execute(
                f"select count(*) from {tables['suppressed_identifiers'].sql}"
            ).fetchall()
        row_counts = dict.fromkeys((table.label for table in tables.values() if table.customer_columns), 0)
        for table in track(tables.values(), "New ids, tables"):
            for column in map(quoted, table.customer_columns):
                ((count,),) = connection.execute(
                    f"update {table.sql} set {column} = renamed.new_id from renamed where {column} = renamed.former_id"
                ).fetchall()
                row_counts[table.label] += count
        connection.execute(f"update {tables['pseudonym_key'].sql} set fingerprint = ?", [of_new])
        details = {"tables": len(row_counts), "rows": sum(row_counts.values()), "kept": kept_count}
        append_entry(connection, "key_rotated", details=details, schema=schema)
        connection.execute("commit")
    return Rotation(row_counts, kept_count, suppressed_count, was_done=False)


def _pseudonym(connection: duckdb.DuckDBPyConnection, owner: str, key: str | None) -> Callable[[str], str]:
    """Return a function that gives the SQL of a text's pseudonym under a key, as the macro `pseudonym` does."""
    if not key:
        return lambda expression: f"md5({expression})"
    set_pads(connection, owner, key)
    inner = f"unhex(sha256(getvariable('{owner}_inner_pad') || encode({{}})))"
    return lambda expression: f"substr(sha256(getvariable('{owner}_outer_pad') || {inner.format(expression)}), 1, 32)"


def _texts_of_ids(tables: dict[str, Relation]) -> str:
    """Return SQL of what ids may be made of: accounts, now and before, also if they lost an id."""
    accounts = f"select account_key from {tables['int_identity__links'].sql}"
    if "int_identity__id_history" in tables:
        history = tables["int_identity__id_history"].sql
        accounts += f"""
            union select account_key from {history}
            union select 'again:' || number || ':' || account_key
            from (
                select account_key, unnest(range(1, count(distinct customer_id))) as number
                from {history} where is_anchor group by account_key
            )
        """
    return f"select distinct account_key from ({accounts})"
