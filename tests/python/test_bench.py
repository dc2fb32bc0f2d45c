"""The bench compares like with like: its pandas baseline makes what Strate makes."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import adjusted_rand_score

from conftest import NO_DEMO_SEEDS, PROJECT, Project, tiny_vars


def _strate(inputs: Path, folder: Path) -> dict[str, pd.DataFrame]:
    project = Project(folder)
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(inputs))
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
