"""Time propensity beside a plain scikit-learn script: bench/scores/speed.py --customers 1000000."""

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from wide_customers import CATEGORIES, FEATURES, HORIZON_DAYS, panel

DATES = ("2025-07-04", "2025-10-02", "2025-12-31")
SAMPLE = 50_000
AT_ONCE = 50_000
OUTCOMES = {"purchase": "has_bought", "click": "has_clicked", "churn": "has_churned"}


def make(folder: Path, customers: int) -> str:
    """Write everybody at the latest date, and the first of them at all dates."""
    writer = None
    for first in range(0, customers, AT_ONCE):
        frame = panel(first, min(AT_ONCE, customers - first), DATES[-1], is_latest=True)
        table = pa.Table.from_pandas(frame, preserve_index=False)
        writer = writer or pq.ParquetWriter(folder / "everybody.parquet", table.schema)
        writer.write_table(table)
    writer.close()
    sample = [panel(0, min(SAMPLE, customers), date, is_latest=date == DATES[-1]) for date in DATES]
    pd.concat(sample, ignore_index=True).to_parquet(folder / "sample.parquet")
    return f"{customers} customers x {len(FEATURES)} features and {len(CATEGORIES)} categories"


def train(folder: Path, targets: list[str]) -> str:
    """Learn as a build does, with the default settings, and keep what was learned."""
    from strate.scores.propensity import fit_propensity

    table = fit_propensity(
        pd.read_parquet(folder / "sample.parquet"),
        pd.DataFrame(columns=["target", "method", "parameters"]),
        pd.DataFrame(columns=["customer_id", "as_of_date", "expected_revenue"]),
        (),
        horizon_days=HORIZON_DAYS,
        features=FEATURES,
        categories=CATEGORIES,
        targets=targets,
        composite_weights={"value": 0.5, "propensity": 0.3, "engagement": 0.2},
    )
    pq.write_table(table, folder / "learned.parquet")
    rows = table.to_pandas()
    champions = rows[rows["is_champion"] & (rows["record_type"] == "metric") & (rows["name"] == "auc")]
    return ", ".join(f"{row.target} by {row.method}, AUC {row.value:.3f}" for row in champions.itertuples())


def score(folder: Path) -> str:
    """Score everybody by the SQL that was learned."""
    rows = pd.read_parquet(folder / "learned.parquet")
    rows = rows[rows["record_type"] == "expression"]
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        connection.execute("set enable_progress_bar = false")
        selects = []
        for target, steps in rows.groupby("target", sort=False):
            query = f"select * from '{folder / 'everybody.parquet'}'"
            for _, columns in steps.groupby("position"):
                added = ", ".join(
                    f"{sql} as {name}" for name, sql in zip(columns["name"], columns["detail"], strict=True)
                )
                query = f"select *, {added} from ({query})"
            selects.append(f"select '{target}' as target, customer_id, probability from ({query})")
        connection.execute(f"create table scores as {' union all '.join(selects)}".replace("{double}", "double"))
        (count, known), *_ = connection.execute("select count(*), count(probability) from scores").fetchall()
    leaves = int(rows["detail"].str.count("case").sum())
    return f"{count} scores, {known} known, {leaves} cases"


def by_script(folder: Path) -> str:
    """Do what a notebook does: the same three methods for purchase alone, no search, everybody in memory."""
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.compose import make_column_transformer
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.metrics import roc_auc_score
    from sklearn.model_selection import GroupKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler

    sample = pd.read_parquet(folder / "sample.parquet")
    dates = sample["as_of_date"].unique()
    training, test = sample[sample["as_of_date"] == dates[0]], sample[sample["as_of_date"] == dates[1]]
    label = training[OUTCOMES["purchase"]].to_numpy(dtype="int64")
    numbers = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    columns = make_column_transformer(
        (numbers, FEATURES), (OneHotEncoder(handle_unknown="ignore", sparse_output=False), CATEGORIES)
    )
    models = {
        "logistic": LogisticRegression(max_iter=300),
        "random_forest": RandomForestClassifier(100, min_samples_leaf=10, n_jobs=2, random_state=7),
        "boosting": HistGradientBoostingClassifier(random_state=7),
    }
    losses = {
        name: -cross_val_score(
            make_pipeline(columns, model),
            training,
            label,
            groups=training["customer_id"],
            cv=GroupKFold(3),
            scoring="neg_log_loss",
        ).mean()
        for name, model in models.items()
    }
    best = min(losses, key=losses.get)
    model = CalibratedClassifierCV(make_pipeline(columns, models[best]), cv=3).fit(training, label)
    auc = roc_auc_score(test[OUTCOMES["purchase"]].to_numpy(dtype="int64"), model.predict_proba(test)[:, 1])
    learned = time.perf_counter()
    everybody = pd.read_parquet(folder / "everybody.parquet")
    probability = model.predict_proba(everybody)[:, 1]
    seconds = time.perf_counter() - learned
    return f"purchase by {best}, AUC {auc:.3f}; of this {seconds:.1f} s to score {np.isfinite(probability).sum()}"


def _run(queue: multiprocessing.Queue, task: Callable[..., str], arguments: tuple) -> None:
    began = time.perf_counter()
    said = task(*arguments)
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = f"{time.perf_counter() - began:.1f} s, of CPU {used.ru_utime + used.ru_stime:.1f} s"
    queue.put(f"{seconds}, {used.ru_maxrss / 1024**2:.2f} GB: {said}")


def main() -> None:
    """Read the command line and run each task in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--without-script", action="store_true", help="leave out what a notebook does")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        tasks: dict[str, tuple[Callable[..., str], tuple]] = {
            "customers made": (make, (folder, arguments.customers)),
            "purchase learned": (train, (folder, ["purchase"])),
            "everybody scored, purchase": (score, (folder,)),
            "three targets learned": (train, (folder, list(OUTCOMES))),
            "everybody scored, three targets": (score, (folder,)),
        }
        if not arguments.without_script:
            tasks["a plain script, purchase"] = by_script, (folder,)
        processes = multiprocessing.get_context("spawn")
        for title, (task, given) in tasks.items():
            queue = processes.Queue()
            process = processes.Process(target=_run, args=(queue, task, given))
            process.start()
            process.join()
            if process.exitcode:
                raise SystemExit(f"{title}: failed")
            print(f"{title}: {queue.get()}", flush=True)


if __name__ == "__main__":
    main()
