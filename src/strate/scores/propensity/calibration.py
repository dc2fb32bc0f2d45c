"""Probabilities that mean what they say: two numbers, learned out of fold."""

from typing import Any, Self

import numpy as np
from scipy.optimize import minimize
from scipy.special import expit, log_expit, logit
from sklearn.base import BaseEstimator

LEAST_PROBABILITY = 1e-6
"""Log-odds of anything nearer to 0 or 1 are those of this."""


class SigmoidCalibration(BaseEstimator):
    """A straight line through the log-odds, by maximum likelihood.

    The slope is positive, so that no order changes: where the likelihood wants another, nothing is changed at all.

    Attributes
    ----------
    slope_, intercept_ : float
        1 and 0 change nothing.

    References
    ----------
    Platt, J. (1999). Probabilistic outputs for support vector machines. Advances in Large Margin Classifiers. On
    log-odds in place of margins: Cox, D. R. (1958). Two further applications of a model for binary regression.
    Biometrika.
    """

    def fit(self, probability: np.ndarray, y: np.ndarray) -> Self:
        """Learn from predictions, both of shape (n_rows,), of rows that the model did not learn from.

        Targets are Platt's, a little inside 0 and 1, so that a perfect order does not ask for an infinite slope.
        """
        self.slope_, self.intercept_ = 1.0, 0.0
        odds = log_odds(probability)
        positives = float(np.sum(y))
        negatives = len(y) - positives
        if min(positives, negatives) == 0 or np.ptp(odds) == 0:
            return self
        aim = np.where(np.asarray(y, dtype="float64") > 0, (positives + 1) / (positives + 2), 1 / (negatives + 2))

        def loss(line: np.ndarray) -> tuple[float, np.ndarray]:
            z = line[0] * odds + line[1]
            # log(1 - p) is log_expit(-z); either would lose digits as log(p).
            error = expit(z) - aim
            value = -np.mean(aim * log_expit(z) + (1 - aim) * log_expit(-z))
            return float(value), np.array([np.mean(error * odds), np.mean(error)])

        found = minimize(loss, np.array([1.0, 0.0]), jac=True, method="L-BFGS-B")
        if np.isfinite(found.x).all() and found.x[0] > 0:
            self.slope_, self.intercept_ = float(found.x[0]), float(found.x[1])
        return self

    def predict(self, probability: np.ndarray) -> np.ndarray:
        """Return the calibrated probabilities, of shape (n_rows,)."""
        return expit(self.slope_ * log_odds(probability) + self.intercept_)

    def to_plain(self) -> dict[str, Any]:
        """Return what was learned, as JSON has it."""
        return {"slope": self.slope_, "intercept": self.intercept_}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the calibration that `to_plain` wrote."""
        calibration = cls()
        calibration.slope_, calibration.intercept_ = float(plain["slope"]), float(plain["intercept"])
        return calibration


def log_odds(probability: np.ndarray) -> np.ndarray:
    """Return finite log-odds of probabilities from 0 to 1."""
    return logit(np.clip(probability, LEAST_PROBABILITY, 1 - LEAST_PROBABILITY))
