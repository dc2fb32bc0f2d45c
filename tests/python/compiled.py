"""The project's compiled SQL over made-up worlds, many a minute: dbt compiles once, DuckDB runs it in memory."""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pyarrow as pa

from strate.alerts import find_alerts
from strate.alerts.metrics import COLUMNS as ALERT_COLUMNS
from strate.bias import report_bias
from strate.clustering import fit_clustering
from strate.hybrid import fit_hybrids
from strate.imputation import impute_customers
from strate.missingness import report_missingness
from strate.pieces import read_in_pieces
from strate.segment_keys import assign_segment_keys
from strate.semantics import fit_survey_topics

from conftest import PROJECT, TINY_SETTINGS, Project

World = Mapping[str, Sequence[Mapping[str, Any]]]
"""Rows of each input, as dicts by column; a column that a row lacks is null."""

_SQL_TYPES = {"text": "varchar", "number": "double", "boolean": "boolean", "timestamp": "timestamp"}
_ARROW_TYPES = {"text": pa.string(), "number": pa.float64(), "boolean": pa.bool_(), "timestamp": pa.timestamp("us")}


def input_contract() -> dict[str, list[tuple[str, str, bool]]]:
    """Return name, type and necessity of each input's columns, as the macro `input_contract` lists them."""
    text = (PROJECT / "macros/config/input_contract.sql").read_text()
    tables = re.split(r"^        '(\w+)': \{", text, flags=re.M)[1:]
    return {
        name: [
            (column, kind, required == "true")
            for column, kind, required in re.findall(r"\('(\w+)', '(\w+)', (\w+)\)", body)
        ]
        for name, body in zip(tables[::2], tables[1::2], strict=True)
    }


CONTRACT = input_contract()
ARROW_SCHEMAS = {
    name: pa.schema([(column, _ARROW_TYPES[kind]) for column, kind, _ in columns]) for name, columns in CONTRACT.items()
}
INPUT_VARS = {name: f"strate.raw.{name}" for name in CONTRACT}


def create_inputs(connection: duckdb.DuckDBPyConnection, world: World) -> None:
    """Write each input of a world to its table in the schema `raw`; an input that is not in it has no rows."""
    for name, schema in ARROW_SCHEMAS.items():
        rows = pa.Table.from_pylist(list(world.get(name, ())), schema=schema)
        connection.register("given_rows", rows)
        connection.execute(f"create or replace table strate.raw.{name} as select * from given_rows")
        connection.unregister("given_rows")


class CompiledProject:
    """The models with their vars rendered, run over one world after the other in one connection.

    Inputs are tables with the contract's columns. Incremental models run as for the first time.

    Parameters
    ----------
    folder : pathlib.Path
        Where dbt may write.
    variables : values of vars, over those of the project; the inputs are set already.
    """

    def __init__(self, folder: Path, **variables: Any) -> None:
        project = self._project = Project(folder)
        self._variables = INPUT_VARS | TINY_SETTINGS | variables
        with duckdb.connect(str(project.database)) as file:
            file.execute("create schema raw")
            create_inputs(file, {})
        # A build, not only a compilation: it leaves the seeds as dbt reads them, and fails where empty inputs would.
        run = project.dbt(
            "build",
            *("--exclude", "path:seeds/demo", "resource_type:test"),
            variables=self._variables,
        )
        assert run.returncode == 0, run.output[-6000:]
        nodes = self._read_nodes()
        self._nodes = {node["name"]: node for node in nodes.values() if node["resource_type"] == "model"}
        parents = {
            name: [nodes[key]["name"] for key in node["depends_on"]["nodes"] if key in nodes]
            for name, node in self._nodes.items()
        }
        self._parents = parents
        self._order = [name for name in TopologicalSorter(parents).static_order() if name in self._nodes]

        self._views: set[str] = set()  # made once: they read whatever world there is
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("attach ':memory:' as strate")
        self.connection.execute("create schema strate.raw")
        self.connection.execute(f"attach '{project.database}' as built (read_only)")
        for seed in ("country_aliases", "segment_definitions", "segment_names", "segment_overrides"):
            self.connection.execute(f"create table strate.main.{seed} as select * from built.main.{seed}")
        self.connection.execute("detach built")

    def run(self, world: World, models: Iterable[str] | None = None, **given: pd.DataFrame) -> None:
        """Make every model from a world.

        Parameters
        ----------
        world : World
        models : iterable of str, optional
            Make these and what they read; None makes all.
        given : frames that stand for models, which are not made then, nor is what only they read.
        """
        create_inputs(self.connection, world)
        wanted = self._with_parents(self._order if models is None else models, set(given))
        for name, frame in given.items():
            self.connection.register("given_rows", frame)
            self.connection.execute(f"create or replace table strate.main.{name} as select * from given_rows")
            self.connection.unregister("given_rows")
        for name in self._order:
            if name in wanted - self._views:
                self._make(name)
        self._views |= {name for name in wanted if self._is_view(name)}

    def code_of_a_later_build(self, *models: str) -> dict[str, str]:
        """Return the SQL of models as dbt compiles it where an earlier build has left its tables."""
        run = self._project.dbt("compile", "--select", *models, variables=self._variables)
        assert run.returncode == 0, run.output[-6000:]
        return {node["name"]: node["compiled_code"] for node in self._read_nodes().values() if node["name"] in models}

    def table(self, name: str, order_by: str = "all") -> list[tuple[Any, ...]]:
        """Return the rows of a table, sorted by all its columns, so that equal tables are equal lists."""
        return self.query(f"select * from {name} order by {order_by}")

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Return the rows of a query; models go by their names."""
        return self.connection.execute("use strate").execute(sql).fetchall()

    def frame(self, sql: str) -> pd.DataFrame:
        """Return the rows of a query as a data frame."""
        return self.connection.execute("use strate").execute(sql).df()

    def names(self, prefix: str = "") -> list[str]:
        """Return the names of the models that begin so, in the order in which they are made."""
        return [name for name in self._order if name.startswith(prefix)]

    def _read_nodes(self) -> dict[str, Any]:
        return json.loads((self._project.folder / "target/manifest.json").read_text())["nodes"]

    def _make(self, name: str) -> None:
        node = self._nodes[name]
        if node["language"] == "python":
            self.connection.register("made_rows", self._python_model(name, node["config"]))
            sql = "select * from made_rows"
        else:
            sql = node["compiled_code"]
        kind = "view" if self._is_view(name) else "table"
        self.connection.execute(f"create or replace {kind} strate.main.{name} as {sql}")

    def _python_model(self, name: str, config: Mapping[str, Any]) -> pd.DataFrame:
        """What the model's five lines do."""
        if name == "alert_fit":
            rows = self.frame(f"select {', '.join(ALERT_COLUMNS)} from segment_performance")
            return find_alerts(rows, config["alerts"])
        if name == "bias_fit":
            counts = (self.frame(f"select * from int_bias__{name}") for name in ("cells", "coverage", "scores"))
            return report_bias(*counts, **config["bias"])
        if name == "hybrid_fit":
            return fit_hybrids(self.frame("select * from int_segments__hybrid_cells"))
        if name == "imputation_fit":
            sample = self.frame("select * from int_features__imputation_rows where is_in_sample")
            rows = self.connection.sql("select * from strate.main.int_features__imputation_rows where is_wanted")
            pieces = read_in_pieces(rows, "as_of_date, customer_id")
            return impute_customers(sample, pieces, **config["imputation"]).to_pandas()
        if name == "missingness_fit":
            counts = self.frame("select * from int_quality__known_counts")
            return report_missingness(counts, **config["missingness"])
        if name == "survey_topics_fit":
            sample = self.frame("select * from int_survey__topic_sample")
            dates = self.frame("select as_of_date from int_activity__as_of_dates")["as_of_date"]
            columns = "customer_id, answer_text, as_of_date"
            answers = self.connection.sql(
                f"select {columns} from strate.main.int_survey__answers where answer_text is not null"
            )
            return fit_survey_topics(sample, dates, read_in_pieces(answers, columns), **config["topics"])
        sample = self.frame("select * from int_segments__clustering_sample")
        if name == "clustering_fit":
            return fit_clustering(sample, id_column="customer_id", **config["clustering"])
        artifacts = self.frame("select * from clustering_fit")
        known = self.frame("select * from int_segments__known_clusterings")
        return assign_segment_keys(artifacts, sample, known, **config["segment_keys"])

    def columns(self, name: str) -> list[str]:
        """Return the columns that a model is described with."""
        return list(self._nodes[name]["columns"])

    def _is_view(self, name: str) -> bool:
        return self._nodes[name]["config"]["materialized"] == "view"

    def _with_parents(self, models: Iterable[str], given: set[str]) -> set[str]:
        wanted, waiting = set(), list(models)
        while waiting:
            name = waiting.pop()
            if name in self._nodes and name not in wanted | given:
                wanted.add(name)
                waiting += self._parents[name]
        return wanted
