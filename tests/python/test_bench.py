"""The bench compares like with like: its pandas baseline makes what Strate makes."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from inputs import split
from measure import Measured, ProcessFailedError, dbt_phases, phase_of, run_process, spread
from report import PHASES, phase_seconds, scaling, targets

from conftest import INPUTS, NO_DEMO_SEEDS, PROJECT, Project, tiny_vars


def _strate(inputs: Path, folder: Path) -> dict[str, pd.DataFrame]:
    project = Project(folder)
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(inputs, text_max_topics=0, imputed_features=[]))
    return {name: project.query(f"select * from {name}") for name in ("customer_features", "customer_segments")}


def _baseline(inputs: Path, folder: Path) -> dict[str, pd.DataFrame]:
    script = PROJECT / "bench/pandas_baseline.py"
    subprocess.run([sys.executable, str(script), str(inputs), str(folder), "--least-size", "1"], check=True)
    tables = {name: pd.read_parquet(folder / f"{name}.parquet") for name in ("customer_features", "customer_segments")}
    # Strate hashes the key of the oldest account; the baseline, which nobody else reads, shows it.
    return {
        name: table.assign(customer_id=table["customer_id"].map(lambda key: hashlib.md5(key.encode()).hexdigest()))
        for name, table in tables.items()
    }


@pytest.mark.build
def test_the_baseline_makes_what_strate_makes(tiny_inputs: Path, tmp_path: Path) -> None:
    strate, baseline = _strate(tiny_inputs, tmp_path / "strate"), _baseline(tiny_inputs, tmp_path / "pandas")

    keys = ["as_of_date", "customer_id"]
    expected, found = (tables["customer_features"].set_index(keys).sort_index() for tables in (strate, baseline))
    assert list(found.index) == list(expected.index)
    assert set(found.columns) == set(expected.columns)
    unequal = {}
    for name in expected.columns:
        theirs, ours = expected[name], found[name]
        if pd.api.types.is_numeric_dtype(theirs):
            equal = np.isclose(ours.astype("float64"), theirs.astype("float64"), atol=2e-6, equal_nan=True)
        else:
            equal = (ours.astype("object") == theirs.astype("object")) | (ours.isna() & theirs.isna())
        if not equal.all():
            unequal[name] = int((~equal).sum())
    assert unequal == {}

    keys = ["segmentation", "customer_id"]
    expected, found = (tables["customer_segments"].set_index(keys)["segment_key"] for tables in (strate, baseline))
    found = found.reindex(expected.index)
    for segmentation in ("rfm", "value", "lifecycle"):
        assert list(found[segmentation]) == list(expected[segmentation])
    assert adjusted_rand_score(expected["cluster"], found["cluster"]) > 0.95

    _check_phases_of_the_build(tmp_path / "strate/target")
    agree = [sys.executable, str(PROJECT / "bench/agree.py"), str(tmp_path / "strate/strate.duckdb")]
    assert subprocess.run([*agree, str(tmp_path / "pandas")], check=False).returncode == 0
    one_moved = pd.read_parquet(tmp_path / "pandas/segments.parquet")
    one_moved.loc[one_moved["segmentation"] == "rfm", "customer_count"] += 1
    one_moved.to_parquet(tmp_path / "segments.parquet")
    assert subprocess.run([*agree, str(tmp_path)], check=False).returncode == 1


def _check_phases_of_the_build(target: Path) -> None:
    """All wall time belongs to a phase that the bench shows, and nodes that run side by side are not counted twice."""
    measured = Measured(wall_seconds=1e6, cpu_seconds=0.0, peak_bytes=0)
    dbt_phases(target, measured, began=0.0)
    assert sum(measured.phases.values()) == pytest.approx(1e6)
    assert set(measured.phases) == {part for ours, _ in PHASES.values() for part in ours}
    busy = 1e6 - measured.phases["start"]
    assert 0 < busy < sum(measured.node_seconds.values())
    manifest = json.loads((target / "manifest.json").read_text())["nodes"]
    assert phase_of(manifest["model.strate.int_activity__sessions"]) == "activity"
    assert phase_of(manifest["model.strate.customer_features"]) == "features"
    assert phase_of(manifest["model.strate.segments"]) == "segments"


def test_one_percent_of_the_events_is_new(tiny_inputs: Path, tmp_path: Path) -> None:
    facts = split(tiny_inputs, tmp_path)
    events = facts["rows"]["tracking_events"]
    assert 1 - events["before"] / events["after"] == pytest.approx(0.01, abs=0.001)
    with duckdb.connect() as connection:
        for name in INPUTS:
            kept, given = (f"select * from '{folder}/{name}.parquet'" for folder in (tmp_path, tiny_inputs))
            made_up = connection.execute(f"select count(*) from ({kept} except all {given})").fetchall()[0][0]
            assert made_up == 0
            counts = [connection.execute(f"select count(*) from ({q})").fetchall()[0][0] for q in (kept, given)]
            assert counts == list(facts["rows"][name].values())
        assert connection.execute(
            f"select count(*) from '{tmp_path}/erp_orders.parquet' where updated_at >= '{facts['cut_at']}'"
        ).fetchall() == [(0,)]


def test_moments_are_shared_by_what_runs_side_by_side() -> None:
    shares = spread([(0.0, 4.0, "a"), (2.0, 6.0, "b"), (2.0, 4.0, "b"), (8.0, 9.0, "a")])
    assert shares == pytest.approx({"a": 2 + 2 / 3 + 1, "b": 4 / 3 + 2})


def test_a_process_is_measured_with_its_children(tmp_path: Path) -> None:
    hungry = "b'x' * 500_000_000; sum(range(3_000_000))"
    parent = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {hungry!r}])"
    measured, _ = run_process([sys.executable, "-c", parent], tmp_path / "log")
    assert measured.peak_bytes > 500_000_000
    assert measured.cpu_seconds > 0


def test_a_process_that_fails_is_not_measured(tmp_path: Path) -> None:
    with pytest.raises(ProcessFailedError, match="no such luck"):
        run_process([sys.executable, "-c", "raise SystemExit('no such luck')"], tmp_path / "log")


def _run(seconds: float, peak: float, **phases: float) -> dict:
    return {"wall_seconds": seconds, "cpu_seconds": seconds, "peak_bytes": peak, "phases": phases}


def test_targets_are_met_at_their_bounds_and_missed_beyond() -> None:
    runs = {"full": _run(100, 3e9), "incremental": _run(15, 3e9), "pandas": _run(500, 9e9)}
    assert [is_met for _, _, is_met in targets(runs)] == [True] * 4
    runs = {"full": _run(100, 10e9), "incremental": _run(15.1, 3e9), "pandas": _run(499, 29e9)}
    assert [is_met for _, _, is_met in targets(runs)] == [False] * 4


def test_a_phase_that_is_not_known_is_shown_apart() -> None:
    assert phase_seconds(_run(10, 0, start=1, staging=2, activity=3, novelty=4), side=0)["other"] == 4


def test_growth_is_the_exponent_of_size() -> None:
    results = [
        {"customers": 10_000, "runs": {"full": _run(2, 100, start=1, identity=1)}},
        {"customers": 1_000, "runs": {"full": _run(1.1, 1, start=1, identity=0.1)}},
    ]
    rows = {row[0].rpartition(": ")[2]: row[1] for row in scaling(results)[2]}
    assert [rows[name] for name in ("start", "identity", "in all", "peak memory")] == ["0.00", "1.00", "0.26", "2.00"]
