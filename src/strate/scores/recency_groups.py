"""What those who bought as recently spent in the horizon after an earlier date."""

from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from strate.scores.boosted_value import LEAST_PAST_CUSTOMERS


class RecencyGroups(BaseEstimator):
    """Mean revenue after an earlier date in each of ten groups by days since the last purchase.

    Attributes
    ----------
    outcome_ : str
        `fitted`, or `too_few_past_customers`: fewer than 100 whose horizon is over.
    edges_ : numpy.ndarray of shape (n_groups - 1,)
        Days beyond which the next group begins.
    means_ : numpy.ndarray of shape (n_groups,)
        Mean revenue of each group, at least 0.
    """

    def fit(self, past: pd.DataFrame, now: pd.DataFrame) -> Self:
        """Learn the means. Arguments as in `BgNbdValue.fit`."""
        self.outcome_ = "fitted" if len(past) >= LEAST_PAST_CUSTOMERS else "too_few_past_customers"
        if self.outcome_ == "fitted":
            days = _silence(past)
            self.edges_ = np.unique(np.quantile(days, np.arange(1, 10) / 10, method="lower"))
            group = np.searchsorted(self.edges_, days)
            size = np.bincount(group, minlength=len(self.edges_) + 1)
            total = np.bincount(group, past["future_revenue"].to_numpy(dtype="float64"), len(size))
            # The last edge may be the largest value: then nobody lies beyond it.
            self.means_ = np.maximum(total / np.maximum(size, 1), 0)
            self.means_[size == 0] = self.means_[size > 0][-1]
        return self

    def predict(self, customers: pd.DataFrame) -> np.ndarray:
        """Return the expected revenue of each customer, of shape (n_customers,)."""
        return self.means_[np.searchsorted(self.edges_, _silence(customers))]


def _silence(customers: pd.DataFrame) -> np.ndarray:
    """Return the days since the last purchase."""
    age = customers["customer_age_days"].to_numpy(dtype="float64")
    return age - customers["clv_recency_days"].to_numpy(dtype="float64")
