"""What every customer will spend in the horizon ahead, by the method that did best in the horizon behind."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from strate.checks import check_choice, check_integer, check_names, numeric_matrix
from strate.clustering.artifacts import input_hash
from strate.progress import track
from strate.scores.bg_nbd_value import BgNbdValue
from strate.scores.boosted_value import DIRECTIONS, LEAST_PAST_CUSTOMERS, BoostedValue
from strate.scores.hold_out import choose_champion, deviance, measure, measure_purchases
from strate.scores.long_table import table_of
from strate.scores.maximum_likelihood import FITTED
from strate.scores.past_rate import PastRate
from strate.scores.plain_value import to_plain
from strate.scores.recency_groups import RecencyGroups
from strate.scores.revenue_scale import revenue_scale
from strate.threads import one_thread

METHODS = ("past_rate", "recency", "bg_nbd", "boosting")
"""Simplest first."""

OUTCOMES = ("future_revenue", "future_purchase_count", "has_bought", "has_clicked", "has_churned", "outcome_known_on")
"""Columns of which nothing may be known at the date."""

HISTORY = ("repeat_count", "clv_recency_days", "customer_age_days", "mean_repeat_value", "revenue")
"""Columns of past purchases that the methods read."""

_TEXTS = ("record_type", "model_version", "customer_id", "method", "outcome", "name", "detail")
_NUMBERS = ("value", "probability_alive", "expected_purchases", "expected_purchase_value", "expected_revenue")
SCHEMA = pa.schema(
    [("as_of_date", pa.timestamp("us")), ("is_champion", pa.bool_())]
    + [(name, pa.string()) for name in _TEXTS]
    + [(name, pa.float64()) for name in _NUMBERS]
)


def value_columns(features: Mapping[str, str]) -> list[str]:
    """Return the columns that `score_value` reads where boosting reads `features`, each once."""
    known = ("customer_id", "as_of_date", "is_latest", *HISTORY, *features)
    return list(dict.fromkeys([*known, "outcome_known_on", "future_revenue", "future_purchase_count"]))


def score_value(
    sample: pd.DataFrame,
    pieces: Iterable[pd.DataFrame],
    *,
    horizon_days: int,
    features: Mapping[str, str],
    methods: Sequence[str] = METHODS,
    seed: int = 7,
) -> pa.Table:
    """Judge each method on a horizon that is over, and score everybody by the champion.

    The methods learn from what was known at the latest date whose horizon is over, and are judged on that horizon; of
    earlier dates they see horizons that were over by then. Then the champion learns anew, from all there is.

    Parameters
    ----------
    sample : pandas.DataFrame
        One row per customer of the sample and date: `customer_id`, `as_of_date`, `is_latest`, `outcome_known_on` (the
        date at which the horizon was over and seen, null where it is not), `future_revenue` and
        `future_purchase_count` (null likewise),
        `repeat_count`, `clv_recency_days` and `customer_age_days` (null for who never bought), `mean_repeat_value`,
        `revenue`, and the columns of `features`.
    pieces : iterable of pandas.DataFrame
        The same columns for everybody at the latest date.
    horizon_days : int
        How far ahead, at least 1.
    features : mapping of str to str
        Columns that boosting reads, with `rises`, `falls` or `free`.
    methods : sequence of str
        Of `METHODS`. `past_rate` is the fall-back also where it is not among them.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    pyarrow.Table
        With the columns of `SCHEMA`, `record_type` being

        ============  ======================================================================================
        `metric`      how good a method was; `as_of_date` is the date that it was judged at
        `held_out`    what the champion had expected of each customer of that date, while it knew nothing later
        `back_cast`   what it expects of the buyers of that date now that it has learned anew: who differs from today's
                      differs as a customer, not by the model
        `parameter`   what BG/NBD and Gamma-Gamma learned, at that date and at the latest
        `model`       `champion`, `champion_outcome`, its `settings`, `features` and `estimator` (JSON), the rows and
                      dates that it learned from, and `composite_scale`, what a typical buyer spends: see
                      `revenue_scale`; without a horizon that is over, the mean of what is expected of those of whom
                      anything is
        `score`       one per customer of the pieces
        ============  ======================================================================================

        The outcome of a method is `fitted`, or why it could not be: see `BgNbd`, `BoostedValue` and `RecencyGroups`.
        The outcome of a score is `scored`; `never_bought`: the mean of those who had never bought at earlier dates,
        null without any; or why the method `past_rate` stands in: `no_past_horizon`, `too_few_customers` (fewer than
        100 to be judged by), `nobody_bought_after`, or the outcome of a champion that could not learn anew.

    Raises
    ------
    ValueError
        If an argument is illegal.
    """
    check_integer("horizon_days", horizon_days, 1)
    for name in check_names("methods", methods):
        check_choice("methods", name, METHODS)
    for name, direction in features.items():
        check_choice("features", direction, DIRECTIONS)
        if name in OUTCOMES:
            raise ValueError(f"features must have been known at the date; {name!r} is what came after it.")
    sample = sample.sort_values(["as_of_date", "customer_id"], ignore_index=True)
    settings = {"horizon_days": horizon_days, "features": dict(features), "methods": list(methods), "seed": seed}
    values = numeric_matrix(sample, [*HISTORY, "future_revenue", *features])
    version = "value-" + input_hash(settings, sample["customer_id"].tolist(), values)
    with one_thread():
        scorer = _ValueScorer(horizon_days, features, [name for name in METHODS if name in methods], seed)
        scorer.fit(sample)
        tables = [table_of([row | {"model_version": version} for row in scorer.rows], SCHEMA)]
        tables += [table_of(piece | {"model_version": version}, SCHEMA) for piece in scorer.scores(pieces)]
    return pa.concat_tables(tables)


class _ValueScorer:
    """Judges, chooses, learns anew and scores; `rows` tells of it."""

    def __init__(self, horizon_days: int, features: Mapping[str, str], methods: Sequence[str], seed: int) -> None:
        self.horizon_days, self.features, self.methods, self.seed = horizon_days, features, methods, seed
        self.rows: list[dict[str, Any]] = []

    def _make(self, name: str) -> Any:
        if name == "boosting":
            return BoostedValue(self.features, self.seed)
        if name == "recency":
            return RecencyGroups()
        return (PastRate if name == "past_rate" else BgNbdValue)(self.horizon_days)

    def fit(self, sample: pd.DataFrame) -> None:
        """Choose the champion, and let it learn from all there is."""
        buyers = sample[sample["repeat_count"].notna()]
        past = buyers[buyers["outcome_known_on"].notna()]
        now = buyers[buyers["is_latest"]]
        champion, self.outcome = self._judge(past, sample)
        date = sample.loc[sample["is_latest"], "as_of_date"].max()
        self.champion = self._make(champion).fit(past, now)
        self.method = champion
        if self.champion.outcome_ not in FITTED:
            self.outcome, self.method = self.champion.outcome_, "past_rate"
            self.champion = self._make("past_rate").fit(past, now)
        self.purchases = None
        if "bg_nbd" in self.methods:
            model = self.champion if self.method == "bg_nbd" else self._make("bg_nbd").fit(past, now)
            self._tell_parameters(model, date)
            self.purchases = model if model.outcome_ in FITTED else None
        others = sample[sample["repeat_count"].isna() & sample["outcome_known_on"].notna()]
        mean = others["future_revenue"].astype("float64").mean()
        self.base_rate = max(float(mean), 0.0) if len(others) else None
        self.rows.append(
            {"record_type": "parameter", "as_of_date": date, "method": "base_rate", "name": "mean_revenue"}
            | {"outcome": "fitted" if len(others) else "no_past_horizon", "value": self.base_rate}
        )
        self._tell_model(past, now, date, self._scale(sample, now))

    def _tell_model(self, past: pd.DataFrame, now: pd.DataFrame, date: pd.Timestamp, scale: float | None) -> None:
        learned = {"boosting": [past], "recency": [past], "bg_nbd": [now]}.get(self.method, [])
        features = list(self.features) if self.method == "boosting" else list(HISTORY[:3])
        settings = {"horizon_days": self.horizon_days, "features": dict(self.features), "methods": self.methods}
        texts = {
            "champion": self.method,
            "champion_outcome": self.outcome,
            "settings": json.dumps(settings | {"seed": self.seed}),
            "estimator": json.dumps(to_plain(self.method, self.champion)),
            "features": json.dumps(features),
        }
        if len(past):
            texts["tested_on"] = past["as_of_date"].max().date().isoformat()
        for frame in learned:
            texts["trained_from"] = frame["as_of_date"].min().date().isoformat()
            texts["trained_until"] = frame["as_of_date"].max().date().isoformat()
        numbers = {
            "customer_count": float(len(now)),
            "row_count": float(sum(len(frame) for frame in learned)),
            "composite_scale": scale,
        }
        common = {"record_type": "model", "as_of_date": date, "method": self.method}
        self.rows += [common | {"name": name, "detail": text} for name, text in texts.items()]
        self.rows += [common | {"name": name, "value": number} for name, number in numbers.items()]
        then = past[past["as_of_date"] == past["as_of_date"].max()]
        if len(then):
            expected = np.maximum(self.champion.predict(then), 0)
            common |= {"record_type": "back_cast", "as_of_date": then["as_of_date"].max()}
            self.rows += [
                common | {"customer_id": name, "expected_revenue": float(revenue)}
                for name, revenue in zip(then["customer_id"], expected, strict=True)
            ]

    def _scale(self, sample: pd.DataFrame, now: pd.DataFrame) -> float | None:
        scale = revenue_scale(sample)
        if scale is None and len(now):
            expected = self.champion.predict(now)
            scale = float(expected[expected > 0].mean()) if (expected > 0).any() else None
        return scale

    def _hold_out(self, sample: pd.DataFrame, held_out: pd.DataFrame, method: str, expected: np.ndarray) -> None:
        """Tell what was expected of everybody at the date judged; of those who never bought, by what was known then."""
        date = held_out["as_of_date"].max()
        others = sample[sample["repeat_count"].isna()]
        known = others.loc[others["outcome_known_on"] <= date, "future_revenue"].astype("float64")
        customers = [zip(held_out["customer_id"], expected, strict=True)]
        if len(known):
            customers.append((name, known.mean()) for name in others.loc[others["as_of_date"] == date, "customer_id"])
        common = {"record_type": "held_out", "as_of_date": date, "method": method}
        self.rows += [
            common | {"customer_id": name, "expected_revenue": max(float(revenue), 0.0)}
            for part in customers
            for name, revenue in part
        ]

    def _judge(self, past: pd.DataFrame, sample: pd.DataFrame) -> tuple[str, str]:
        """Return the champion, and `scored` or why it is a fall-back."""
        if not len(past):
            return "past_rate", "no_past_horizon"
        date = past["as_of_date"].max()
        known = past[past["outcome_known_on"] <= date]
        held_out = past[past["as_of_date"] == date]
        actual = held_out["future_revenue"].to_numpy(dtype="float64")
        outcome = "scored"
        if len(held_out) < LEAST_PAST_CUSTOMERS:
            outcome = "too_few_customers"
        elif actual.sum() <= 0:
            outcome = "nobody_bought_after"
        predictions, outcomes, purchases = {}, {}, {}
        for name in track(self.methods, "Value, methods compared"):
            model = self._make(name).fit(known, held_out)
            outcomes[name] = model.outcome_
            if model.outcome_ in FITTED:
                predictions[name] = model.predict(held_out)
            if name == "bg_nbd":
                self._tell_parameters(model, date)
            if name == "bg_nbd" and name in predictions:
                counted = held_out["future_purchase_count"].to_numpy(dtype="float64")
                purchases = measure_purchases(counted, model.details(held_out)["expected_purchases"])
        champion, comparisons = "past_rate", {}
        if outcome == "scored" and predictions:
            losses = {name: deviance(actual, predicted) for name, predicted in predictions.items()}
            champion, comparisons = choose_champion(losses, self.seed)
            self._hold_out(sample, held_out, champion, predictions[champion])
        elif outcome == "scored":
            outcome = next(iter(outcomes.values()))
        for name in self.methods:
            common = {
                "record_type": "metric",
                "as_of_date": date,
                "method": name,
                "outcome": outcomes[name],
                "is_champion": name == champion and outcome == "scored",
            }
            facts: dict[str, Any] = {"customer_count": float(len(held_out)), "actual_mean": float(actual.mean())}
            if outcome == "scored" and name in predictions:
                facts |= measure(actual, predictions[name])
                facts |= purchases if name == "bg_nbd" else {}
            self.rows += [common | {"name": fact, "value": value} for fact, value in facts.items()]
            if name in comparisons:
                against, gains = comparisons[name]
                self.rows += [common | {"name": fact, "value": gain, "detail": against} for fact, gain in gains.items()]
        return champion, outcome

    def _tell_parameters(self, model: BgNbdValue, date: pd.Timestamp) -> None:
        for method, part in (("bg_nbd", model.purchases_), ("gamma_gamma", model.values_)):
            common = {"record_type": "parameter", "as_of_date": date, "method": method, "outcome": part.outcome_}
            parameters = part.parameters_ if part.outcome_ in FITTED else {"none": None}
            self.rows += [common | {"name": name, "value": value} for name, value in parameters.items()]

    def scores(self, pieces: Iterable[pd.DataFrame]) -> Iterator[dict[str, Any]]:
        """Yield the columns of the scores of each piece."""
        for piece in track(pieces, "Value, pieces of customers scored"):
            has_bought = piece["repeat_count"].notna().to_numpy()
            buyers = piece[has_bought]
            details = dict.fromkeys(("probability_alive", "expected_purchases", "expected_purchase_value"))
            revenue = np.full(len(piece), np.nan if self.base_rate is None else self.base_rate)
            if len(buyers):
                revenue[has_bought] = np.maximum(self.champion.predict(buyers), 0)
                if self.purchases is not None:
                    for name, found in self.purchases.details(buyers).items():
                        details[name] = np.full(len(piece), np.nan)
                        details[name][has_bought] = found
            none = "none" if self.base_rate is None else "base_rate"
            yield {
                "record_type": ["score"] * len(piece),
                "as_of_date": piece["as_of_date"],
                "customer_id": piece["customer_id"],
                "method": np.where(has_bought, self.method, none),
                "outcome": np.where(has_bought, self.outcome, "never_bought"),
                "expected_revenue": revenue,
                **{name: values for name, values in details.items() if values is not None},
            }
