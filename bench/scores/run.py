"""Judge scores on real data in STRATE_DATA, and time them: bench/scores/run.py --customers 1000000."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from pathlib import Path

import cdnow
import duckdb
import hillstrom
import numpy as np
import pandas as pd
import propensity
import retail
from simulated_customers import simulate

from strate.pieces import read_in_pieces
from strate.scores import score_value
from strate.scores.bg_nbd import BgNbd

FEATURES = {
    "recency_days": "falls",
    "customer_age_days": "free",
    "order_count": "rises",
    "order_count_30_days": "rises",
    "order_count_90_days": "rises",
    "revenue": "rises",
    "revenue_30_days": "rises",
    "revenue_90_days": "rises",
    "average_order_value": "rises",
}
# Days of the file, the last of them, and the horizons that it is judged on.
REAL = {
    "CDNOW": (cdnow, "1998-06-30", (90, 273)),
    "Online Retail": (retail, "2010-12-09", (90,)),
}
MEASURES = ("total_error", "rank_correlation", "decile_lift", "mean_absolute_error", "deviance_explained")


def judge(name: str, days: pd.DataFrame, latest: str, horizon_days: int) -> None:
    """Print how good each method was over the last horizon of a file, as a table in Markdown."""
    dates = [str((pd.Timestamp(latest) - pd.Timedelta(days=back * horizon_days)).date()) for back in (2, 1, 0)]
    frames = [cdnow.histories(days, date, horizon_days, latest) for date in dates if date > str(days["date"].min())]
    sample = pd.concat(frames, ignore_index=True)
    began = time.perf_counter()
    table = score_value(sample, [sample[sample["is_latest"]]], horizon_days=horizon_days, features=FEATURES).to_pandas()
    seconds = time.perf_counter() - began
    metrics = table[table["record_type"] == "metric"]
    size = metrics.loc[metrics["name"] == "customer_count", "value"].iloc[0]
    print(f"\n{name}, {horizon_days} days after {dates[1]}, {size:.0f} customers, {seconds:.1f} s\n")
    print(f"| method | {' | '.join(MEASURES)} | gain over |\n|---|{'---|' * (len(MEASURES) + 1)}")
    for method, rows in metrics.groupby("method", sort=False):
        of = rows.set_index("name")["value"]
        if "total_error" not in of:
            print(f"| `{method}` | {rows['outcome'].iloc[0]} |{' |' * len(MEASURES)}")
            continue
        gain = ""
        if "gain" in of:
            against = rows.set_index("name").loc["gain", "detail"]
            gain = f"{of['gain']:+.3f} ({of['gain_low']:+.3f} to {of['gain_high']:+.3f}) over `{against}`"
        mark = ", chosen" if rows["is_champion"].any() else ""
        print(f"| `{method}`{mark} | {' | '.join(f'{of[measure]:.3f}' for measure in MEASURES)} | {gain} |")
        if method == "bg_nbd":
            purchases = f"\nBG/NBD: purchases {of['purchase_total_error']:+.3f} in all, rank correlation "
            purchases += f"{of['purchase_rank_correlation']:.3f}, {rows['outcome'].iloc[0]}"
    print(purchases)


def panel(count: int, seed: int) -> pd.DataFrame:
    """Return simulated customers with the features, at three dates a horizon apart."""
    frames = []
    for number, date in enumerate(pd.to_datetime(["2025-07-04", "2025-10-02", "2025-12-31"])):
        frame = simulate(count, 90, seed + number).assign(as_of_date=date, is_latest=number == 2)
        frame["outcome_known_on"] = date + pd.Timedelta(days=90) if number < 2 else pd.NaT
        frame[["clv_recency_days", "recency_days"]] = np.column_stack(
            [frame["clv_recency_days"].round(), (frame["customer_age_days"] - frame["clv_recency_days"]).round()]
        )
        frame["order_count"] = frame["repeat_count"] + 1
        frame["average_order_value"] = frame["revenue"] / frame["order_count"]
        for name in ("order_count_30_days", "order_count_90_days", "revenue_30_days", "revenue_90_days"):
            frame[name] = np.minimum(frame[name.split("_")[0] if "rev" in name else "order_count"], 90)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def score_everybody(file: Path, sample: Path, methods: list[str]) -> None:
    """Learn from a sample and score all rows of a file, and print time and memory of this process."""
    began = time.perf_counter()
    connection = duckdb.connect(config={"threads": 2, "memory_limit": "1GB"})
    rows = connection.from_parquet(str(file))
    pieces = read_in_pieces(rows.filter("is_latest"), "customer_id")
    table = score_value(pd.read_parquet(sample), pieces, horizon_days=90, features=FEATURES, methods=methods)
    scores = table.num_rows
    seconds = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2
    print(f"{scores:>9} rows by {' and '.join(methods)}: {seconds:.1f} s, {memory:.2f} GB")


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=1_000_000, help="simulated customers; 0 for none")
    arguments = parser.parse_args()
    data = Path(os.environ.get("STRATE_DATA", "../shared/data"))
    for name, (source, latest, horizons) in REAL.items():
        if not (data / source.FILE).exists():
            print(f"{data / source.FILE} is not there: STRATE_DATA names the folder of the real data.")
            continue
        days = source.purchase_days(data)
        for horizon_days in horizons:
            judge(name, days, latest, horizon_days)
        propensity.judge_purchases(name, days, latest, horizons[0])
    if (data / hillstrom.FILE).exists():
        propensity.judge_response(data)
    if not arguments.customers:
        return
    with tempfile.TemporaryDirectory() as folder:
        everybody, sample = Path(folder, "everybody.parquet"), Path(folder, "sample.parquet")
        frame = panel(arguments.customers, seed=7)
        frame = frame[frame["is_latest"]]
        frame.to_parquet(everybody)
        panel(50_000, seed=20).to_parquet(sample)
        began = time.perf_counter()
        model = BgNbd().fit(*(frame[name] for name in ("repeat_count", "clv_recency_days", "customer_age_days")))
        seconds = time.perf_counter() - began
        print(f"\n{len(frame):>9} customers fitted by BG/NBD without a sample: {seconds:.1f} s, {model.outcome_}")
        del frame
        for methods in (["past_rate"], ["past_rate", "bg_nbd"], ["past_rate", "recency", "bg_nbd", "boosting"]):
            process = multiprocessing.get_context("spawn").Process(
                target=score_everybody, args=(everybody, sample, methods)
            )
            process.start()
            process.join()


if __name__ == "__main__":
    main()
