"""Propensity without a model: what anybody would guess from a customer's own past, or from how long ago it was."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from strate.checks import check_choice, check_integer
from strate.scores.propensity import expression
from strate.scores.propensity.encoder import known_numbers

TARGETS = ("purchase", "click", "churn")
PAST_RATE_COLUMNS = {
    "purchase": ("order_count_365_days", "days_since_first_order"),
    "churn": ("order_count_365_days", "days_since_first_order"),
    "click": ("campaign_clicked_count", "campaign_sent_count"),
}
RECENCY_COLUMNS = {
    "purchase": "recency_days",
    "churn": "recency_days",
    "click": "days_since_last_campaign_click",
}
WINDOW_DAYS = 365
GROUPS = 10
PRIOR_ROWS = 10  # a group's rate is pulled towards that of all as if it had so many average rows more


class PastRateRule(BaseEstimator):
    """Customers go on at the rate of their past; nothing is learned.

    Of purchases: orders of the last 365 days come at random at an even rate, so that there is at least one in the
    horizon with probability 1 - exp(-horizon * orders / days). Days are those since the first order, at least
    the horizon and at most 365. Whoever never bought has 0. Of churn: 1 less that. Of clicks:
    (clicked + 0.5) / (sent + 10).

    Parameters
    ----------
    target : {'purchase', 'click', 'churn'}
    horizon_days : int
        At least 1.
    """

    def __init__(self, target: str, horizon_days: int) -> None:
        self.target = target
        self.horizon_days = horizon_days

    def fit(self, frame: pd.DataFrame, y: Any = None) -> Self:
        """Learn nothing."""
        check_choice("target", self.target, TARGETS)
        check_integer("horizon_days", self.horizon_days, 1)
        return self

    @property
    def features(self) -> list[str]:
        """Columns that are read."""
        return list(PAST_RATE_COLUMNS[self.target])

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return probabilities of shape (n_rows,). A count that is null or negative is 0."""
        count, other = _finite(frame, self.features).T
        count = np.where(count > 0, count, 0.0)
        if self.target == "click":
            sent = np.where(other > 0, other, 0.0)
            return np.minimum((count + 0.5) / (sent + 10), 1.0)
        days = np.minimum(np.maximum(other, self.horizon_days), WINDOW_DAYS)
        silent = np.where(np.isnan(other), 1.0, np.exp(-self.horizon_days * count / days))
        return silent if self.target == "churn" else 1 - silent

    def to_sql(self) -> list[expression.Step]:
        """Return the rule as portable SQL; the last column is `probability`."""
        steps = [(1, f"raw_{name}", expression.finite(name)) for name in self.features]
        count, other = (f"raw_{name}" for name in self.features)
        steps.append((2, "known_count", f"case when {count} > 0e0 then {count} else 0e0 end"))
        if self.target == "click":
            steps.append((2, "known_sent", f"case when {other} > 0e0 then {other} else 0e0 end"))
            rate = "(known_count + 0.5e0) / (known_sent + 1e1)"
            return [*steps, (3, "probability", f"case when {rate} > 1e0 then 1e0 else {rate} end")]
        horizon, window = expression.number(self.horizon_days), expression.number(WINDOW_DAYS)
        steps.append((2, "least_days_past", f"case when {other} < {horizon} then {horizon} else {other} end"))
        steps.append((3, "days_past", f"case when least_days_past > {window} then {window} else least_days_past end"))
        # Beyond 700 some engines call exp(-x) an underflow, and it is 0 to 300 places.
        rate = f"{horizon} * known_count / days_past"
        steps.append((4, "expected_count", f"case when {rate} > 7e2 then 7e2 else {rate} end"))
        silent = "coalesce(exp(-expected_count), 1e0)"
        return [*steps, (5, "probability", silent if self.target == "churn" else f"1e0 - {silent}")]

    def to_plain(self) -> dict[str, Any]:
        """Return the parameters."""
        return {"target": self.target, "horizon_days": int(self.horizon_days)}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the rule that `to_plain` wrote."""
        return cls(**plain)


class RecencyRule(BaseEstimator):
    """Rate of the label in ten groups of equal size by days since the last order, or click; null has its own.

    Parameters
    ----------
    target : {'purchase', 'click', 'churn'}

    Attributes
    ----------
    edges_ : numpy.ndarray of shape (n_groups - 1,)
        Days beyond which the next group begins.
    rates_ : numpy.ndarray of shape (n_groups + 1,)
        Of each group, the last of null; pulled towards the rate of all as if ten average rows were added.
    """

    def __init__(self, target: str) -> None:
        self.target = target

    def fit(self, frame: pd.DataFrame, y: np.ndarray) -> Self:
        """Learn the rates from labels of 0 and 1, of shape (n_rows,)."""
        check_choice("target", self.target, TARGETS)
        label = np.asarray(y, dtype="float64")
        days = _finite(frame, self.features)[:, 0]
        known = days[~np.isnan(days)]
        edges = np.quantile(known, np.arange(1, GROUPS) / GROUPS, method="lower") if len(known) else []
        self.edges_ = np.unique(edges).astype("float64")
        group, size = self._groups(days), len(self.edges_) + 2
        count = np.bincount(group, minlength=size)
        positive = np.bincount(group, label, size)
        self.rates_ = (positive + PRIOR_ROWS * label.mean()) / (count + PRIOR_ROWS)
        return self

    @property
    def features(self) -> list[str]:
        """Columns that are read."""
        return [RECENCY_COLUMNS[self.target]]

    def _groups(self, days: np.ndarray) -> np.ndarray:
        return np.where(np.isnan(days), len(self.edges_) + 1, np.searchsorted(self.edges_, days))

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return probabilities of shape (n_rows,)."""
        return self.rates_[self._groups(_finite(frame, self.features)[:, 0])]

    def to_sql(self) -> list[expression.Step]:
        """Return the rule as portable SQL; the last column is `probability`."""
        column, number = self.features[0], expression.number
        cases = [f"when raw_{column} is null then {number(self.rates_[-1])}"]
        for edge, rate in zip(self.edges_, self.rates_, strict=False):
            cases.append(f"when raw_{column} <= {number(edge)} then {number(rate)}")
        probability = expression.double(f"case {' '.join(cases)} else {number(self.rates_[-2])} end")
        return [(1, f"raw_{column}", expression.finite(column)), (2, "probability", probability)]

    def to_plain(self) -> dict[str, Any]:
        """Return what was learned."""
        return {"target": self.target, "edges": self.edges_.tolist(), "rates": self.rates_.tolist()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the rule that `to_plain` wrote."""
        self = cls(plain["target"])
        self.edges_, self.rates_ = np.array(plain["edges"], dtype="float64"), np.array(plain["rates"])
        return self


def _finite(frame: pd.DataFrame, features: list[str]) -> np.ndarray:
    """Return columns as float64, NaN where they are null or infinite; a column that is absent is null throughout."""
    present = frame.reindex(columns=features)
    return known_numbers(present, features)
