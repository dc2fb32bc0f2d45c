"""Core SQL stays in the subset that every engine of the design has."""

import json

import pytest
import sqlglot
from sqlglot import exp

from conftest import PROJECT, Project

# What some engine of Spark, Snowflake, BigQuery, Redshift, Databricks and Postgres does not have.
FORBIDDEN = {
    exp.Qualify: "qualify",
    exp.Filter: "filter (where ...)",
    exp.Array: "an array literal",
    exp.Struct: "a struct",
    exp.Lambda: "a list function",
    exp.Unnest: "unnest",
    exp.Pivot: "pivot",
}


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> dict:
    project = Project(tmp_path_factory.mktemp("portability"))
    run = project.dbt("compile")
    assert run.returncode == 0, run.output
    return json.loads((project.folder / "target/manifest.json").read_text())


def _is_of_a_dispatched_macro(node: exp.Expression) -> bool:
    """Whether a construct comes from parse_timestamp, which other engines have their own text for."""
    return "TRY_STRPTIME" in node.parent.sql(dialect="duckdb").upper()


def test_models_keep_to_the_portable_subset(manifest: dict) -> None:
    models = [
        node
        for node in manifest["nodes"].values()
        if node["resource_type"] == "model" and node["language"] == "sql" and node["package_name"] == "strate"
    ]
    assert len(models) > 30
    findings = []
    for model in models:
        for tree in sqlglot.parse(model["compiled_code"], read="duckdb"):
            findings += [
                f"{model['name']}: {name}"
                for kind, name in FORBIDDEN.items()
                for node in tree.find_all(kind)
                if not _is_of_a_dispatched_macro(node)
            ]
            findings += [
                f"{model['name']}: select * except" for star in tree.find_all(exp.Star) if star.args.get("except_")
            ]
    assert findings == []


def test_every_model_and_column_is_described(manifest: dict) -> None:
    findings = []
    for node in manifest["nodes"].values():
        if node["resource_type"] not in ("model", "seed") or node["package_name"] != "strate":
            continue
        if not node["description"]:
            findings.append(node["name"])
        findings += [f"{node['name']}.{name}" for name, column in node["columns"].items() if not column["description"]]
        if not node["columns"]:
            findings.append(f"{node['name']} has no columns")
    assert findings == []


def test_engine_switches_live_in_one_folder() -> None:
    for folder in ("models", "python_models", "macros", "tests"):
        for path in (PROJECT / folder).rglob("*.sql"):
            if "compat" not in path.parts:
                assert "target.type" not in path.read_text(), path
