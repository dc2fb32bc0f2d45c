"""The simplest guess: customers go on spending as they did."""

from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator


class PastRate(BaseEstimator):
    """Revenue of the past, spread over the time since the first purchase, for as long as the horizon.

    Parameters
    ----------
    horizon_days : int
        Whoever first bought less than that ago is taken to have bought over the whole of it.

    Attributes
    ----------
    outcome_ : str
        Always `fitted`: there is nothing to learn.
    """

    def __init__(self, horizon_days: int) -> None:
        self.horizon_days = horizon_days

    def fit(self, past: pd.DataFrame, now: pd.DataFrame) -> Self:
        """Learn nothing. Arguments as in `BgNbdValue.fit`."""
        self.outcome_ = "fitted"
        return self

    def predict(self, customers: pd.DataFrame) -> np.ndarray:
        """Return the expected revenue of each customer, of shape (n_customers,). Reads `revenue` and the age."""
        age = customers["customer_age_days"].to_numpy(dtype="float64")
        revenue = customers["revenue"].to_numpy(dtype="float64")
        return np.maximum(revenue, 0) * self.horizon_days / np.maximum(age, self.horizon_days)
