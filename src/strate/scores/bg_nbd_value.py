"""Customer lifetime value: BG/NBD says how many purchases, Gamma-Gamma what each is worth."""

from typing import Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator

from strate.scores.bg_nbd import BgNbd
from strate.scores.gamma_gamma import GammaGamma


class BgNbdValue(BaseEstimator):
    """Expected purchases times the expected value of one. It needs no earlier date to learn from.

    Parameters
    ----------
    horizon_days : int
        How far ahead.

    Attributes
    ----------
    outcome_ : str
        That of `purchases_`.
    purchases_ : BgNbd
    values_ : GammaGamma
    """

    def __init__(self, horizon_days: int) -> None:
        self.horizon_days = horizon_days

    def fit(self, past: pd.DataFrame, now: pd.DataFrame) -> Self:
        """Fit both models on what is known now.

        Parameters
        ----------
        past : pandas.DataFrame
            Customers at earlier dates whose horizon is over, with `future_revenue`. Not read here.
        now : pandas.DataFrame
            Customers at the date of the prediction: `repeat_count`, `clv_recency_days`, `customer_age_days` and
            `mean_repeat_value`, which is null where nothing was repeated.

        Returns
        -------
        BgNbdValue
        """
        self.purchases_ = BgNbd().fit(*_history(now))
        self.values_ = GammaGamma().fit(now["repeat_count"].to_numpy(), now["mean_repeat_value"].to_numpy())
        self.outcome_ = self.purchases_.outcome_
        return self

    def details(self, customers: pd.DataFrame) -> dict[str, np.ndarray]:
        """Return `probability_alive`, `expected_purchases` and `expected_purchase_value`, each (n_customers,)."""
        history = _history(customers)
        repeats, mean = customers["repeat_count"].to_numpy(), customers["mean_repeat_value"].to_numpy()
        return {
            "probability_alive": self.purchases_.probability_alive(*history),
            "expected_purchases": self.purchases_.expected_purchases(*history, self.horizon_days),
            "expected_purchase_value": self.values_.expected_value(repeats, mean),
        }

    def predict(self, customers: pd.DataFrame) -> np.ndarray:
        """Return the expected revenue of each customer, of shape (n_customers,)."""
        details = self.details(customers)
        return details["expected_purchases"] * details["expected_purchase_value"]


def _history(customers: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(
        customers[name].to_numpy(dtype="float64") for name in ("repeat_count", "clv_recency_days", "customer_age_days")
    )
