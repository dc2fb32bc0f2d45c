"""A copy of all that Strate has of a person, for whoever asks what is known of them."""

import csv
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb

from strate.audit import append_entry
from strate.csv_cells import cell
from strate.persons.person import find_person
from strate.persons.removal import is_of_person, load_keys
from strate.persons.request import Request
from strate.persons.warehouse import Relation, open_warehouse, relations
from strate.progress import track
from strate.sql import quoted

FORMATS = ("json", "csv")


@dataclass(frozen=True)
class Export:
    """What was written: the file or folder, and how many rows of each relation; none where nobody was found."""

    place: Path
    row_counts: dict[str, int]


def export_person(database: Path, schema: str, request: Request, out: Path, file_format: str = "json") -> Export:
    """Write all rows about a person: every table of Strate and every view over an input, as it is stored.

    Parameters
    ----------
    database : pathlib.Path
        DuckDB file that dbt wrote.
    schema : str
        Schema of the marts.
    request : Request
        Who asks; the same rules as for an erasure.
    out : pathlib.Path
        JSON file, or folder of CSV files with an index; must not be there yet.
    file_format : str
        json or csv.

    Raises
    ------
    FileNotFoundError
        If there is no such database.
    RuntimeError
        If it cannot be opened for writing (the audit log has an entry of it), or was not built.
    ValueError
        If the request leads to more than one person, or `out` is there.
    """
    if out.exists():
        raise ValueError(f"--out {out} is there already: name another, so that nobody's data is mixed or lost.")
    with open_warehouse(database, schema) as connection:
        found = relations(connection, schema)
        person = find_person(connection, [one for one in found if one.is_own], request)
        load_keys(connection, found, person)
        rows = {relation.label: content for relation, content in _rows(connection, found) if content}
        facts = _facts(connection, schema, [one for one in found if one.label in rows])
        if rows:
            write = _write_json if file_format == "json" else _write_csv
            write(out, rows, facts)
        counts = {label: len(content) for label, content in rows.items()}
        append_entry(
            connection,
            "person_exported",
            person.name,
            {"request_id": request.request_id, "relations": len(counts), "rows": sum(counts.values())},
            schema=schema,
        )
    return Export(out, counts)


def _rows(
    connection: duckdb.DuckDBPyConnection, found: list[Relation]
) -> Iterator[tuple[Relation, list[dict[str, Any]]]]:
    for relation in track(found, "Export, relations"):
        condition = is_of_person(relation)
        if condition is None or not relation.is_own or (relation.is_view and not relation.reads_input):
            continue
        try:
            cursor = connection.execute(f"select * from {relation.source} where {condition} order by all")
        except (duckdb.IOException, duckdb.CatalogException):
            continue  # a view over an input that has gone
        names = [column[0] for column in cursor.description]
        yield relation, [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _facts(connection: duckdb.DuckDBPyConnection, schema: str, found: list[Relation]) -> list[dict[str, str | None]]:
    """Return of each relation what it is made of."""
    sources = dict(
        connection.execute(
            f"""
            select relation, string_agg(distinct input, ', ' order by input) from {quoted(schema)}.relation_inputs
            group by relation
            """
        ).fetchall()
    )
    return [{"relation": one.label, "made_of": sources.get(one.name)} for one in found]


def _write_json(out: Path, rows: Mapping[str, list[dict[str, Any]]], facts: list[dict[str, str | None]]) -> None:
    content = {
        "exported_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "relations": [fact | {"rows": rows[str(fact["relation"])]} for fact in facts],
    }
    out.write_text(json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n", encoding="utf-8")
    out.chmod(0o600)


def _write_csv(out: Path, rows: Mapping[str, list[dict[str, Any]]], facts: list[dict[str, str | None]]) -> None:
    out.mkdir(mode=0o700, parents=True)
    _write_table(out / "index.csv", [fact | {"rows": len(rows[str(fact["relation"])])} for fact in facts])
    for label, content in rows.items():
        _write_table(out / f"{label}.csv", content)


def _write_table(file: Path, rows: list[dict[str, Any]]) -> None:
    with file.open("w", newline="", encoding="utf-8") as opened:
        writer = csv.writer(opened)
        writer.writerow(rows[0])
        writer.writerows([cell(value) for value in row.values()] for row in rows)
