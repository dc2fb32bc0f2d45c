"""Builds that are killed, interrupted or meet another process: the next build is as if nothing had happened."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from strate.audit import verify_log

from conftest import INPUTS, NO_DEMO_SEEDS, PROJECT, Project, tiny_vars

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("faults")]

# Tables that grow; all others are made anew by every build.
GROWING = (
    "int_activity__order_lines",
    "int_activity__sessions",
    "int_activity__campaign_touches",
    "segmentation_parameters",
    "segment_lineage",
    "segment_history_features",
    "segment_history",
    "segment_performance",
)
# Tables that tell of the runs themselves, so that each run adds to them.
RUN_TABLES = ("audit_log", "input_runs", "model_registry", "relation_inputs", "relation_runs")
# Moments, each by a text of dbt's log. A statement is logged just before it runs.
STAGING = "Began running node model.strate.stg_crm__customers"
PYTHON_RUNS = 'Writing runtime python for node "model.strate.clustering_fit"'
MARTS = "Began running node model.strate.customer_features"
# In a second build: the old rows of the last dates are deleted, the new ones not yet there.
SESSIONS_DELETED = '"int_activity__sessions__dbt_tmp'
ORDER_LINES_DELETED = '"int_activity__order_lines__dbt_tmp'
PYTHON_DONE = "On model.strate.clustering_fit: BEGIN"  # its new table stands beside the old one
MART_REPLACED = 'drop table if exists "strate"."main"."customer_segments__dbt_backup"'  # its old table is still there
HISTORY_READ = '"segment_history__dbt_tmp'
PERFORMANCE_COUNTED = '"segment_performance__dbt_tmp'
ONE_STARTED = "Began running node model.strate.base_"


@pytest.fixture(scope="module")
def earlier_inputs(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny inputs without what happened in the last three weeks."""
    folder = tmp_path_factory.mktemp("earlier")
    happened = {
        "crm_consents": "decided_at",
        "crm_campaign_events": "event_at",
        "erp_orders": "ordered_at",
        "tracking_events": "event_at",
        "survey_responses": "answered_at",
    }
    with duckdb.connect() as connection:
        ((last,),) = connection.execute(
            f"select max(event_at) from '{tiny_inputs}/tracking_events.parquet' where event_at < timestamp '2030-01-01'"
        ).fetchall()
        for name in INPUTS:
            kept = f"where {happened[name]} < timestamp '{last}' - interval 21 day" if name in happened else ""
            connection.execute(
                f"copy (select * from '{tiny_inputs}/{name}.parquet' {kept}) to '{folder}/{name}.parquet'"
            )
    return folder


@dataclass
class Undisturbed:
    """The tables of a first build on the earlier inputs and of a second one on all of them."""

    first: dict[str, pd.DataFrame]
    second: dict[str, pd.DataFrame]
    folder_of_first: Path  # a copy of the database and the target as they were between the two


@pytest.fixture(scope="module")
def undisturbed(earlier_inputs: Path, tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    project = Project(tmp_path_factory.mktemp("undisturbed") / "project")
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(earlier_inputs))
    first = _tables(project)
    copy = shutil.copytree(project.folder, project.folder.parent / "copy")
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(tiny_inputs))
    second = _tables(project)
    assert [name for name in GROWING if len(first[name]) >= len(second[name])] == []
    return Undisturbed(first, second, copy)


def _tables(project: Project, names: tuple[str, ...] | None = None) -> dict[str, pd.DataFrame]:
    """The sorted rows of tables, of all that there are by default, without what a clock wrote."""
    found = project.query("select table_name from duckdb_tables() order by table_name")["table_name"]
    there = tuple(name for name in found if name not in RUN_TABLES)
    columns = {"clustering_candidates": "* exclude (fit_seconds)"}
    conditions = {"clustering_fit": "where name <> 'seconds'"}
    return {
        name: project.query(f"select {columns.get(name, '*')} from {name} {conditions.get(name, '')} order by all")
        for name in names or there
        if name in there
    }


def _assert_same(found: dict[str, pd.DataFrame], expected: dict[str, pd.DataFrame]) -> None:
    assert list(found) == list(expected)  # nor is a table left over
    for name, rows in expected.items():
        pd.testing.assert_frame_equal(found[name], rows, check_exact=True, obj=name)


@contextlib.contextmanager
def _started(project: Project, variables: dict[str, Any], *arguments: str) -> Iterator[subprocess.Popen]:
    """A build that runs beside the test, in a process group of its own; killed at the end of the block."""
    shutil.rmtree(project.folder / "logs", ignore_errors=True)
    command, environment = project.command("build", *NO_DEMO_SEEDS, *arguments, variables=variables)
    with (project.folder / "output.txt").open("w") as output:
        process = subprocess.Popen(
            command, cwd=PROJECT, env=environment, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _wait_for(project: Project, process: subprocess.Popen, moment: str) -> None:
    """Return when dbt's log has the text of the moment; fail when the build ends without."""
    log = project.folder / "logs/dbt.log"
    deadline = time.monotonic() + 180
    text, position = "", 0
    while moment not in text:
        has_ended = process.poll() is not None
        new = ""
        if log.exists():
            with log.open() as file:
                file.seek(position)
                new = file.read()
                position = file.tell()
        text = text[-len(moment) :] + new
        if not new:
            assert not has_ended, f"no {moment!r}: " + (project.folder / "output.txt").read_text()[-3000:]
            assert time.monotonic() < deadline, f"no {moment!r} in three minutes"
            time.sleep(0.001)


def _strike(project: Project, variables: dict[str, Any], moment: str, blow: signal.Signals = signal.SIGKILL) -> None:
    """Start a build, and at the moment send the signal to it and all its children.

    Python drops an interrupt that comes while a destructor runs, so it is sent again, as a person would press again.
    """
    with _started(project, variables) as process:
        _wait_for(project, process, moment)
        for _ in range(20):
            os.killpg(process.pid, blow)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=3)
                break
        # dbt ends with 2 when interrupted, and by the signal itself when that comes again while it cleans up.
        assert process.returncode in ([-signal.SIGKILL] if blow == signal.SIGKILL else [2, -signal.SIGINT])
    assert "Completed successfully" not in (project.folder / "output.txt").read_text()


def _summary(project: Project) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).with_name("strate")), "summary"]
    options = ["--database", str(project.database), "--target", str(project.folder / "target")]
    return subprocess.run([*command, *options], capture_output=True, text=True, check=False)


def test_a_killed_first_build_is_made_good_by_the_next(
    earlier_inputs: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    variables = tiny_vars(earlier_inputs)
    for moment in (STAGING, PYTHON_RUNS):
        _strike(project, variables, moment)
        for name, rows in _tables(project, GROWING).items():
            pd.testing.assert_frame_equal(rows, undisturbed.first[name], obj=f"{name} after {moment}")
        summary = _summary(project)
        assert summary.returncode == 2
        assert "has no table main.segments" in summary.stderr
    _strike(project, variables, MARTS, signal.SIGINT)
    project.build(*NO_DEMO_SEEDS, variables=variables)
    _assert_same(_tables(project), undisturbed.first)
    assert verify_log(project.database).problems == []
    ends = project.query("select count(*) as n from audit_log where action = 'build_finished'")["n"][0]
    starts = project.query("select count(*) as n from audit_log where action = 'build_started'")["n"][0]
    assert starts == 4
    assert ends in (1, 2)  # dbt ends an interrupted run as any other if it has the time


def test_a_killed_increment_is_made_good_by_the_next(
    tiny_inputs: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    """Right after each blow, a table that grows has all of its old rows or all of its new ones."""
    project = Project(shutil.copytree(undisturbed.folder_of_first, tmp_path / "project"))
    variables = tiny_vars(tiny_inputs)
    before, after = undisturbed.first, undisturbed.second
    for moment in (
        SESSIONS_DELETED,
        ORDER_LINES_DELETED,
        PYTHON_DONE,
        MART_REPLACED,
        HISTORY_READ,
        PERFORMANCE_COUNTED,
    ):
        _strike(project, variables, moment)
        for name, rows in _tables(project, GROWING).items():
            whole = [rows.equals(before[name]), rows.equals(after[name])]
            assert any(whole), f"{name} has {len(rows)} rows after {moment}"
    project.build(*NO_DEMO_SEEDS, variables=variables)
    _assert_same(_tables(project), undisturbed.second)


def test_a_second_build_at_once_says_why_it_cannot_and_leaves_the_first_alone(
    earlier_inputs: Path, undisturbed: Undisturbed, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    variables = tiny_vars(earlier_inputs)
    with _started(project, variables, "--select", "+customers") as process:
        _wait_for(project, process, ONE_STARTED)
        os.killpg(process.pid, signal.SIGSTOP)  # so that it is not done before the second one meets it
        second, summary = project.dbt("build", *NO_DEMO_SEEDS, variables=variables), _summary(project)
        os.killpg(process.pid, signal.SIGCONT)
        assert process.wait(timeout=180) == 0, (project.folder / "output.txt").read_text()[-3000:]
    assert second.returncode == 2
    assert summary.returncode == 2
    for said in (second.output, summary.stderr):
        assert "Traceback" not in said
        assert f'"{project.database}"' in said
        assert f"PID {process.pid}" in said
        assert "wait until it is done" in said
    assert "STRATE_DUCKDB_PATH" in second.output
    found = _tables(project)
    assert "customers" in found
    _assert_same(found, {name: rows for name, rows in undisturbed.first.items() if name in found})


def test_a_build_says_which_reader_keeps_it_out(tmp_path: Path) -> None:
    """A BI tool that has the file open, if only to read."""
    project = Project(tmp_path)
    with duckdb.connect(str(project.database)) as connection:
        connection.execute("create table kept as select 1 as number")
    with duckdb.connect(str(project.database), read_only=True):
        run = project.dbt("seed", "--select", "country_aliases")
    assert run.returncode == 2
    assert "Traceback" not in run.output
    assert f'"{project.database}"' in run.output
    assert f"PID {os.getpid()}" in run.output
    assert project.query("select number from kept")["number"].tolist() == [1]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("missing/strate.duckdb", None, "No such file or directory"),
        ("notes.duckdb", "no database", "not a valid DuckDB database file"),
    ],
)
def test_a_database_that_cannot_be_opened_is_one_sentence(
    name: str, content: str | None, said: str, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    project.database = tmp_path / name
    if content:
        project.database.write_text(content)
    run = project.dbt("seed", "--select", "country_aliases")
    assert run.returncode == 2
    assert "Traceback" not in run.output
    assert said in run.output
    assert str(project.database) in run.output


def test_summary_copes_with_what_a_killed_run_left_half_written(tmp_path: Path) -> None:
    project = Project(tmp_path)
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(
            "create table segments as select 'rfm' as segmentation, 'Champions' as segment_name, 7 as customer_count,"
            " 1.0 as customer_share, date '2025-12-31' as as_of_date, 'rfm_champions' as segment_key"
        )
    target = project.folder / "target"
    target.mkdir()
    manifest = json.dumps({"nodes": {"test.strate.some": {"resource_type": "test"}}})
    (target / "manifest.json").write_text(manifest[: len(manifest) // 2])
    (target / "run_results.json").write_text(json.dumps({"results": []}))
    summary = _summary(project)
    assert summary.returncode == 0, summary.stderr
    assert "Champions" in summary.stdout
    assert "the last run tested none" in summary.stdout
