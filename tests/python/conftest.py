"""Whole dbt runs for tests: each in a database and a target folder of its own."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest
from hypothesis import HealthCheck, settings

PROJECT = Path(__file__).resolve().parents[2]
INPUTS = (
    "crm_customers",
    "crm_consents",
    "crm_campaign_events",
    "erp_orders",
    "erp_order_lines",
    "erp_products",
    "tracking_events",
    "survey_responses",
    "geo_areas",
)
RATES = PROJECT / "seeds/demo/demo_exchange_rates.csv"
ITEMS = PROJECT / "seeds/demo/demo_survey_items.csv"
# Tiny inputs have no hundred customers to a segment and no silhouette worth a gate; evidence has tests of its own.
TINY_SETTINGS = {
    "clustering_algorithms": ["kmeans"],
    "clustering_resamples": 3,
    "clustering_null_draws": 3,
    "clustering_evidence_sample_size": 200,
    "min_stability_severity": "warn",
    "max_null_p_value_severity": "warn",
    "min_cluster_gap_severity": "warn",
    "min_segment_size": 1,
    "min_silhouette_severity": "warn",
    "max_davies_bouldin_severity": "warn",
    "max_segment_share": 1.0,
    "propensity_targets": [],
    "value_methods": [],  # seconds in each of many builds; the demo has them
}

# Every run of `ci` tries the same examples; `thorough` tries new ones each time.
_SLOW_WORLDS = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large]}
settings.register_profile("ci", max_examples=16, derandomize=True, database=None, **_SLOW_WORLDS)
settings.register_profile("thorough", max_examples=1000, print_blob=True, **_SLOW_WORLDS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Send tests that share what was built to one worker, so that it is built once."""
    for item in items:
        scopes = {name: found[-1].scope for name, found in item._fixtureinfo.name2fixturedefs.items()}
        if any(item.iter_markers("xdist_group")):
            continue
        if "demo" in scopes:
            item.add_marker(pytest.mark.xdist_group("demo"))
        elif "module" in scopes.values():
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))


@dataclass
class Run:
    """What one dbt process did."""

    returncode: int
    output: str
    results: dict[str, str] = field(default_factory=dict)

    def not_ok(self) -> list[str]:
        """Return the nodes that neither succeeded nor merely warned."""
        return [node for node, status in self.results.items() if status not in ("success", "pass", "warn", "no-op")]


class Project:
    """The project with a database of its own."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.database = folder / "strate.duckdb"

    def command(
        self, *arguments: str, variables: dict[str, Any] | None = None, threads: int = 4
    ) -> tuple[list[str], dict[str, str]]:
        """Return the command line and the environment of a dbt process."""
        command = [
            str(Path(sys.executable).with_name("dbt")),
            "--no-use-colors",
            arguments[0],
            *arguments[1:],
            "--threads",
            str(threads),
        ]
        if variables:
            command += ["--vars", json.dumps(variables)]
        environment = os.environ | {
            "STRATE_DUCKDB_PATH": str(self.database),
            "DBT_TARGET_PATH": str(self.folder / "target"),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        return command, environment

    def dbt(
        self, *arguments: str, variables: dict[str, Any] | None = None, cwd: Path = PROJECT, threads: int = 4
    ) -> Run:
        """Run dbt as a process and return its exit code, output and the status of each node."""
        command, environment = self.command(*arguments, variables=variables, threads=threads)
        results = self.folder / "target/run_results.json"
        results.unlink(missing_ok=True)
        process = subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        statuses = {}
        if results.exists():
            statuses = {result["unique_id"]: result["status"] for result in json.loads(results.read_text())["results"]}
        return Run(process.returncode, process.stdout + process.stderr, statuses)

    def build(self, *arguments: str, variables: dict[str, Any] | None = None, **options: Any) -> Run:
        """Run `dbt build` and fail the test when it is not green."""
        run = self.dbt("build", *arguments, variables=variables, **options)
        assert run.returncode == 0, run.output[-6000:]
        assert run.not_ok() == []
        return run

    def query(self, sql: str) -> pd.DataFrame:
        """Return the rows of a query on the project's database."""
        with duckdb.connect(str(self.database), read_only=True) as connection:
            return connection.execute(sql).df()


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The demo, built once as a newcomer would."""
    project = Project(tmp_path_factory.mktemp("demo"))
    project.build()
    return project


@pytest.fixture(scope="session")
def dated(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """The demo with two earlier dates in its history, at which some were in another tier and fewer were customers."""
    project = Project(tmp_path_factory.mktemp("dated"))
    shutil.copy(demo.database, project.database)
    with duckdb.connect(str(project.database)) as connection:
        for days, turned in ((60, "'value_top'"), (30, "'value_low'")):
            connection.execute(
                f"""
                insert into segment_history
                select customer_id, segmentation,
                    case when segmentation = 'value' and customer_id < '8' then {turned} else segment_key end,
                    as_of_date - {days}, model_version
                from segment_history
                where as_of_date = (select max(as_of_date) from segment_history)
                    and (segmentation <> 'cluster' or {days} = 30) and customer_id < 'f'
                """
            )
    project.build("--select", "segment_performance")
    return project


@pytest.fixture(scope="session")
def tiny_inputs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a Parquet file per input, 240 customers in all."""
    folder = tmp_path_factory.mktemp("tiny")
    command = [
        str(Path(sys.executable).with_name("strate")),
        "demo",
        "--customers",
        "240",
        "--force",
        "--out",
        str(folder),
    ]
    subprocess.run(command, check=True, capture_output=True)
    return folder


def tiny_vars(folder: Path, **others: Any) -> dict[str, Any]:
    """Return vars that point every input at a Parquet file in `folder`, with lenient gates; `others` win."""
    inputs = {name: f"'{folder / name}.parquet'" for name in INPUTS}
    look_ups = {"exchange_rates": f"'{RATES}'", "survey_items": f"'{ITEMS}'"}
    return inputs | look_ups | TINY_SETTINGS | others


@pytest.fixture(scope="session")
def compiled_project(tmp_path_factory: pytest.TempPathFactory):
    """The compiled project for property tests; one process has one, so they stay together (`properties`)."""
    from compiled import CompiledProject
    from worlds import AS_OF, BLOCKED, SPACING_DAYS

    project = CompiledProject(
        tmp_path_factory.mktemp("compiled"),
        as_of_date=str(AS_OF),
        training_date_spacing_days=SPACING_DAYS,
        identity_blocked_values=[BLOCKED],
        clustering_starts=1,
        clustering_max_clusters=4,
    )
    yield project
    project.connection.close()


NO_DEMO_SEEDS = ("--exclude", "path:seeds/demo")
