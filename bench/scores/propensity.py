"""Propensity on real data: who buys, who leaves, who answers an e-mail, and how good that was on held-out rows."""

import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import cdnow
import hillstrom
import pandas as pd

from strate.scores.propensity import fit_propensity

FEATURES = (
    "recency_days",
    "customer_age_days",
    "order_count",
    "order_count_30_days",
    "order_count_90_days",
    "order_count_365_days",
    "revenue",
    "revenue_30_days",
    "revenue_90_days",
    "average_order_value",
    "mean_repeat_value",
    "clv_recency_days",
)
ALGORITHMS = [
    "logistic",
    "random_forest",
    "boosting",
    *(name for name in ("xgboost", "lightgbm") if find_spec(name)),
    "mlp",
]
MEASURES = ("auc", "average_precision", "log_loss", "brier", "calibration_error", "decile_lift")


def purchases(days: pd.DataFrame, latest: str, horizon_days: int) -> pd.DataFrame:
    """Return a sample of all dates a horizon apart, from days with a purchase as `cdnow.purchase_days` has them."""
    dates = pd.date_range(end=latest, periods=8, freq=f"{horizon_days}D").strftime("%Y-%m-%d")
    frames = []
    for date in dates[dates > str(days["date"].min())]:
        frame = cdnow.histories(days, date, horizon_days, latest)
        year = days[(days["date"] <= date) & (days["date"] > pd.Timestamp(date) - pd.Timedelta(days=365))]
        counts = year.groupby("customer_id").size()
        frame["order_count_365_days"] = frame["customer_id"].map(counts).fillna(0)
        frames.append(frame)
    sample = pd.concat(frames, ignore_index=True)
    sample["days_since_first_order"] = sample["customer_age_days"]
    bought = (sample["future_purchase_count"] > 0).where(sample["outcome_known_on"].notna())
    sample["has_bought"] = bought.astype("boolean")
    sample["has_churned"] = (~sample["has_bought"]).where(sample["recency_days"] <= 365)
    sample["engagement_score"] = float("nan")
    return sample


def judge_purchases(name: str, days: pd.DataFrame, latest: str, horizon_days: int) -> None:
    """Print how well purchase and churn were foretold over the last horizon of a file."""
    sample = purchases(days, latest, horizon_days)
    _judge(name, sample, ["purchase", "churn"], FEATURES, (), horizon_days)


def judge_response(data: Path) -> None:
    """Print how well visits after an e-mail were foretold, with the share of visits by decile."""
    _judge("Hillstrom", hillstrom.mailed(data), ["click"], hillstrom.FEATURES, hillstrom.CATEGORIES, 14)


def _judge(
    name: str,
    sample: pd.DataFrame,
    targets: Sequence[str],
    features: Sequence[str],
    categories: Sequence[str],
    horizon_days: int,
) -> None:
    began = time.perf_counter()
    table = fit_propensity(
        sample,
        pd.DataFrame(columns=["target", "method", "parameters"]),
        pd.DataFrame(columns=["customer_id", "as_of_date", "expected_revenue"]),
        [],
        horizon_days=horizon_days,
        features=features,
        categories=categories,
        targets=targets,
        algorithms=ALGORITHMS,
        max_sql_leaves=10**6,
    ).to_pandas()
    seconds = time.perf_counter() - began
    for target in targets:
        rows = table[table["target"] == target]
        told = rows[rows["record_type"] == "model"].set_index("name")["detail"]
        metrics = rows[rows["record_type"] == "metric"]
        figures = metrics.pivot(index="method", columns="name", values="value")
        folds = rows[rows["record_type"] == "validation"].pivot(index="method", columns="name", values="value")
        champion, outcome = told["champion"], told["champion_outcome"]
        print(f"\n{name}, {target} within {horizon_days} days after {told['tested_on']}: ", end="")
        print(f"{figures['customer_count'].iloc[0]:.0f} customers, {figures['label_share'].iloc[0]:.1%} did; ", end="")
        print(f"{champion} is used ({outcome}); {seconds:.1f} s for all targets\n")
        print(f"| method | {' | '.join(MEASURES)} | log_loss out of fold |\n|---|{'---|' * (len(MEASURES) + 1)}")
        for method in metrics["method"].unique():
            values = " | ".join(f"{figures.loc[method, measure]:.3f}" for measure in MEASURES)
            out_of_fold = f"{folds.loc[method, 'log_loss']:.4f}" if method in folds.index else ""
            print(f"| `{method}`{', used' if method == champion else ''} | {values} | {out_of_fold} |")
        lift = rows[(rows["record_type"] == "lift") & (rows["parameter"] == "rate") & rows["is_champion"].eq(True)]
        shares = " ".join(f"{rate:.3f}" for rate in lift.sort_values("position")["value"])
        print(f"\nShare by tenth of probability, lowest first: {shares}")
