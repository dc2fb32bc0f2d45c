"""Whether customers will buy, click or leave: learned, judged, and scored where SQL cannot."""

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from sklearn.exceptions import ConvergenceWarning

from strate.checks import numeric_matrix
from strate.clustering.artifacts import input_hash
from strate.progress import track
from strate.scores.long_table import table_of
from strate.scores.propensity.importance import reasons
from strate.scores.propensity.rows import SCHEMA, stamped
from strate.scores.propensity.rules import PAST_RATE_COLUMNS, RECENCY_COLUMNS
from strate.scores.propensity.settings import Settings
from strate.scores.propensity.target import TargetFit
from strate.scores.propensity.targets import TARGETS
from strate.scores.propensity.weights import composite_weight_rows
from strate.threads import one_thread


def fit_propensity(
    sample: pd.DataFrame,
    incumbents: pd.DataFrame,
    held_out_values: pd.DataFrame,
    pieces: Iterable[pd.DataFrame],
    *,
    horizon_days: int,
    features: Sequence[str],
    categories: Sequence[str] = (),
    targets: Sequence[str] = ("purchase", "click", "churn"),
    algorithms: Sequence[str] = ("logistic", "random_forest", "boosting"),
    n_trials: int = 8,
    min_positives: int = 50,
    max_sql_leaves: int = 5000,
    reason_features: int = 8,
    composite_weights: Mapping[str, float] | str = "learned",
    seed: int = 7,
) -> pa.Table:
    """Learn each target on dates that are over, and say how good that was on the last of them.

    Everything that is chosen, features, parameters, calibration and method, is chosen on training dates: those whose
    horizon was over by the test date, which is the latest that has outcomes. The chosen method then learns anew from
    all of them.

    Parameters
    ----------
    sample : pandas.DataFrame
        One row per customer of the sample and date: `customer_id`, `as_of_date`, `is_latest`, `outcome_known_on` (null
        where the horizon is not over), `has_bought`, `has_clicked`, `has_churned` (null where there is nothing to
        foretell), `future_revenue`, `recency_days`, `days_since_first_order`, `order_count_365_days`,
        `campaign_clicked_count`, `campaign_sent_count`, `engagement_score`, and all features and categories.
    incumbents : pandas.DataFrame
        `target`, `method` and `parameters` (JSON) of the last version of each target; may be empty.
    held_out_values : pandas.DataFrame
        `customer_id`, `as_of_date` and `expected_revenue` as foretold before the outcome was known; may be empty.
    pieces : iterable of pandas.DataFrame
        The columns of the sample for all who want a score. Read only where a champion is not SQL.
    horizon_days : int
        How far ahead, at least 1.
    features, categories : sequence of str
        Columns of numbers, and of names, that may be learned from.
    targets : sequence of str
        Of `purchase`, `click` and `churn`.
    algorithms : sequence of str
        Keys of `ALGORITHMS`. The rules `past_rate` and `recency` are always beside them.
    n_trials : int
        Most trials of one algorithm.
    min_positives : int
        Fewest positives, and negatives, to learn from and to be judged by.
    max_sql_leaves : int
        Most leaves of trees that are scored as SQL.
    reason_features : int
        How many of the most important features a reason may be of.
    composite_weights : mapping of str to float, or str
        Weights of `value`, `propensity` and `engagement`, or `learned`.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    pyarrow.Table
        With the columns of `SCHEMA`, `record_type` being

        =============  =====================================================================================
        `model`        facts of a target, in `name`
        `metric`       figures of a method on the test date; gains are over the method in `detail`
        `validation`   the same on training dates, out of fold: what the champion was chosen by
        `calibration`  `predicted`, `actual` and `count` of ten groups by probability, on the test date
        `lift`         `rate`, `lift`, `captured` and `count` of ten groups of equal size, 10 the best
        `trial`        loss of parameters that were tried
        `feature`      what was found of a feature, in `parameter`
        `expression`   the champion as SQL: a column of a step that reads those of earlier steps
        `score`        probability by a champion that is not SQL
        `reason`       what moved such a score of the latest date most
        `weight`       of the composite score
        =============  =====================================================================================

        The same rows in whatever order, and the same settings, give the same table.

    Raises
    ------
    ValueError
        If an argument is illegal.
    ImportError
        If the library of an algorithm is not installed.
    """
    settings = Settings(
        targets=list(targets),
        algorithms=list(algorithms),
        features=list(features),
        categories=list(categories),
        horizon_days=horizon_days,
        n_trials=n_trials,
        min_positives=min_positives,
        max_sql_leaves=max_sql_leaves,
        reason_features=reason_features,
        seed=seed,
    )
    sample = _floats(sample.sort_values(["as_of_date", "customer_id"], ignore_index=True), settings.features)
    latest = sample["as_of_date"].max()
    with one_thread(), warnings.catch_warnings():
        # A search that stops early is judged by what it foretells, as all others are.
        warnings.simplefilter("ignore", ConvergenceWarning)
        fits, rows, versions = [], [], {}
        for target in track(settings.targets, "Propensity, targets learned"):
            incumbent = _incumbent(incumbents, target)
            versions[target] = f"{target}-{_hash(settings, target, sample, incumbent)}"
            fits.append(TargetFit(target, sample, settings, incumbent).fit())
            common = {"target": target, "model_version": versions[target], "as_of_date": latest}
            rows += stamped(fits[-1].rows, **common, method=fits[-1].method, outcome=fits[-1].outcome)
        judged = {fit.target: fit.judged for fit in fits}
        weights = composite_weight_rows(composite_weights, sample, held_out_values, judged.get("purchase"))
        rows += stamped(weights, record_type="weight", as_of_date=latest)
        tables = [table_of(rows, SCHEMA)]
        in_python = [fit for fit in fits if fit.steps is None]
        if in_python:
            for piece in track(pieces, "Propensity, pieces of customers scored"):
                for fit in in_python:
                    tables += [table_of(content, SCHEMA) for content in _scores(fit, piece, versions[fit.target])]
    return pa.concat_tables(tables)


def _floats(sample: pd.DataFrame, features: Sequence[str]) -> pd.DataFrame:
    """Return the sample with whole numbers as floats: what may be null is slow to read, and it is read often."""
    kinds = {name: sample[name].dtype for name in features}
    whole = [name for name, kind in kinds.items() if pd.api.types.is_integer_dtype(kind)]
    return sample.astype(dict.fromkeys(whole, "float64"))


def _incumbent(incumbents: pd.DataFrame, target: str) -> dict[str, Any] | None:
    """Return method and parameters of the last version of a target, if there is one."""
    found = incumbents[incumbents["target"] == target] if len(incumbents) else incumbents
    return found.iloc[-1][["method", "parameters"]].to_dict() if len(found) else None


def _hash(settings: Settings, target: str, sample: pd.DataFrame, incumbent: Mapping[str, Any] | None) -> str:
    """Return a hash of all that decides a target."""
    names = dict.fromkeys([*settings.features, *PAST_RATE_COLUMNS[target], RECENCY_COLUMNS[target], TARGETS[target]])
    numbers = numeric_matrix(sample, list(names))
    dates = np.column_stack(
        [(sample[name] - pd.Timestamp(0)).dt.total_seconds() for name in ("as_of_date", "outcome_known_on")]
    )
    texts = sample[["customer_id", *settings.categories]].astype(object).where(lambda frame: frame.notna(), None)
    return input_hash(
        {"settings": settings.of(target), "incumbent": incumbent},
        [str(row) for row in texts.itertuples(index=False, name=None)],
        np.column_stack([numbers, dates]),
    )


def _scores(fit: TargetFit, piece: pd.DataFrame, version: str) -> Iterator[dict[str, Any]]:
    """Yield the columns of the scores of a piece, and of their reasons."""
    probability = fit.scorer.predict(piece)
    common = {"target": fit.target, "model_version": version, "method": fit.method, "outcome": fit.outcome}
    yield common | {
        "record_type": "score",
        "as_of_date": piece["as_of_date"],
        "customer_id": piece["customer_id"],
        "value": probability,
    }
    is_latest = piece["is_latest"].to_numpy(dtype=bool)
    if not is_latest.any() or not fit.typical:
        return
    latest = piece[is_latest]
    names, effects = reasons(fit.scorer.predict, latest, fit.typical, probability[is_latest])
    count = names.shape[1]
    yield common | {
        "record_type": "reason",
        "as_of_date": latest["as_of_date"].repeat(count),
        "customer_id": latest["customer_id"].repeat(count),
        "position": np.tile(np.arange(1, count + 1), len(latest)),
        "name": names.ravel(),
        "value": effects.ravel(),
    }
