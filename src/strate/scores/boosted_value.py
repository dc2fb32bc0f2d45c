"""Gradient boosting: revenue in the horizon from what was known before it."""

from collections.abc import Mapping
from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.ensemble import HistGradientBoostingRegressor

from strate.checks import numeric_matrix

LEAST_PAST_CUSTOMERS = 100
DIRECTIONS = {"rises": 1, "falls": -1, "free": 0}


class BoostedValue(BaseEstimator):
    """Histogram gradient boosting of revenue with Poisson deviance, monotone where a direction is given.

    Parameters
    ----------
    features : mapping of str to str
        Columns to read, and whether value `rises` or `falls` with them, or is `free` to do either.
    seed : int
        0 to 2^32 - 1.

    Attributes
    ----------
    outcome_ : str
        `fitted`; `too_few_past_customers`, fewer than 100 whose horizon is over; `nobody_bought_after` an earlier date;
        or `no_usable_features`, all null throughout.
    is_used_ : numpy.ndarray of shape (n_features,)
        Which features are known of anybody.
    """

    def __init__(self, features: Mapping[str, str], seed: int = 7) -> None:
        self.features = features
        self.seed = seed

    def fit(self, past: pd.DataFrame, now: pd.DataFrame) -> Self:
        """Learn from the past. Arguments as in `BgNbdValue.fit`; a return counts as no revenue."""
        self.outcome_ = "fitted"
        revenue = np.maximum(past["future_revenue"].to_numpy(dtype="float64"), 0)
        if len(past) < LEAST_PAST_CUSTOMERS:
            self.outcome_ = "too_few_past_customers"
        elif revenue.sum() <= 0:
            self.outcome_ = "nobody_bought_after"
        matrix = self._matrix(past)
        self.is_used_ = ~np.isnan(matrix).all(axis=0)  # the input of a feature may be off
        if self.outcome_ == "fitted" and not self.is_used_.any():
            self.outcome_ = "no_usable_features"
        if self.outcome_ == "fitted":
            directions = np.array([DIRECTIONS[direction] for direction in self.features.values()])
            self.mean_ = float(revenue.mean())
            self.trees_ = HistGradientBoostingRegressor(
                loss="poisson",
                learning_rate=0.08,
                max_iter=80,
                max_leaf_nodes=15,
                min_samples_leaf=20,
                l2_regularization=1.0,
                monotonic_cst=directions[self.is_used_],
                early_stopping=False,
                random_state=self.seed,
            ).fit(matrix[:, self.is_used_], revenue / self.mean_)
        return self

    def predict(self, customers: pd.DataFrame) -> np.ndarray:
        """Return the expected revenue of each customer, of shape (n_customers,)."""
        return self.trees_.predict(self._matrix(customers)[:, self.is_used_]) * self.mean_

    def _matrix(self, customers: pd.DataFrame) -> np.ndarray:
        matrix = numeric_matrix(customers, list(self.features))
        return np.where(np.isfinite(matrix), matrix, np.nan)
