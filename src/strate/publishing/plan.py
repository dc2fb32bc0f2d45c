"""Which tables are public, as dbt wrote it down."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RUN_RECORDS = {
    "input_runs": "One row per input and run that made input_row_counts: counts, freshness and a fingerprint.",
    "relation_runs": "One row per model or seed in a run: its status, rows, tests and code version.",
    "relation_inputs": "One row per relation and relation that it reads, in a run.",
    "model_registry": "One row per fitted model and version, in runs that fitted it.",
    "retention_cutoffs": "One row per class of data that has a period, and per relation that it was counted in.",
    "retention_runs": "One row per class and relation in a run: rows beyond their period, and rows removed.",
}
"""Tables that runs write of themselves, of which no row is about a person. The audit log names who ran it."""

DERIVED = {
    "publication": "One row: what was published, and when.",
    "published_tables": "One row per table of the publication; this one and `publication` are left out.",
    "runs": "One row per run of dbt: when it was, and how it ended.",
    "gate_results": "One row per gate of the last run: whether it held, and how much it found.",
}
"""Tables that publishing makes itself."""

_KEY_TESTS = ("unique_combination", "unique")


@dataclass(frozen=True)
class PublicTable:
    """A table or view of the build that everybody may read.

    Attributes
    ----------
    name : str
        What it is called in the published copy.
    schema, identifier : str
        Where it is in the build.
    description : str
        Of the table; empty where there is none.
    columns : dict of str to str
        Descriptions of columns.
    hidden : frozenset of str
        Columns that name or reach a person by themselves (`meta: {pii: direct}`) and are left out.
    key : tuple of str
        Columns that tell rows apart, by a test of the model; empty where there is no such test.
    """

    name: str
    schema: str
    identifier: str
    description: str = ""
    columns: dict[str, str] = field(default_factory=dict)
    hidden: frozenset[str] = frozenset()
    key: tuple[str, ...] = ()


@dataclass(frozen=True)
class Plan:
    """What is public: the tables, the databases that dbt knows them in, and the schema of what runs record.

    `currency` is that of all amounts, None where the manifest does not tell.
    """

    tables: list[PublicTable]
    databases: frozenset[str]
    records_schema: str
    currency: str | None = None


def read_plan(target: Path) -> Plan:
    """Return the models with `access: public`, and the records of runs, from dbt's manifest.

    Parameters
    ----------
    target : pathlib.Path
        dbt's target folder.

    Raises
    ------
    FileNotFoundError
        If there is no manifest.
    ValueError
        If it cannot be read, or two public models have the same name.
    """
    file = target / "manifest.json"
    if not file.exists():
        raise FileNotFoundError(f"{file} does not exist: run `dbt build` first, or name dbt's folder with --target.")
    try:
        nodes = json.loads(file.read_text(encoding="utf-8"))["nodes"].values()
    except (json.JSONDecodeError, KeyError):
        raise ValueError(f"{file} is not a whole manifest: wait until dbt is done, or run `dbt parse`.") from None
    keys = _keys(nodes)
    models = [node for node in nodes if node["resource_type"] == "model"]
    public = [node for node in models if _access(node) == "public" and node["config"]["materialized"] != "ephemeral"]
    tables: dict[str, PublicTable] = {}
    for node in sorted(public, key=lambda node: node["unique_id"]):
        table = _table(node, keys.get(node["unique_id"], ()))
        if table.name in DERIVED or table.name in RUN_RECORDS:
            raise ValueError(
                f"The public model {table.name} has the name of a table that `strate publish` makes: rename it."
            )
        if (other := tables.get(table.name)) is not None:
            raise ValueError(
                f"Two public models are called {table.name}, in the schemas {other.schema} and {table.schema}: give "
                "one of them another alias, or another access."
            )
        tables[table.name] = table
    home = next((node["schema"] for node in models if node["unique_id"] == "model.strate.rejected_rows"), "main")
    features = next((node for node in models if node["unique_id"] == "model.strate.customer_features"), {"config": {}})
    currency = features["config"].get("meta", {}).get("currency")
    return Plan(
        list(tables.values()),
        frozenset(node["database"] for node in public),
        home,
        None if currency is None else str(currency),
    )


def _access(node: dict[str, Any]) -> str:
    return node["config"].get("access") or node.get("access") or "protected"


def _table(node: dict[str, Any], key: tuple[str, ...]) -> PublicTable:
    columns = node["columns"]
    hidden = {name for name, column in columns.items() if _pii(column) == "direct"}
    return PublicTable(
        name=node["alias"],
        schema=node["schema"],
        identifier=node["alias"],
        description=" ".join(node["description"].split()),
        columns={name: " ".join(column["description"].split()) for name, column in columns.items()},
        hidden=frozenset(hidden),
        key=() if hidden & {*key} else key,
    )


def _pii(column: dict[str, Any]) -> str | None:
    return (column.get("config") or {}).get("meta", {}).get("pii") or (column.get("meta") or {}).get("pii")


def _keys(nodes: Any) -> dict[str, tuple[str, ...]]:
    """Return the columns of the first test of each model that says which tell rows apart."""
    found: dict[str, tuple[str, ...]] = {}
    for node in nodes:
        test = node.get("test_metadata") or {}
        if node["resource_type"] == "test" and test.get("name") in _KEY_TESTS and node.get("attached_node"):
            columns = test["kwargs"].get("columns") or [test["kwargs"].get("column_name")]
            found.setdefault(node["attached_node"], tuple(columns))
    return found
