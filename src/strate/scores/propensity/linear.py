"""Logistic regression as plain numbers."""

from typing import Any, Self

import numpy as np
from sklearn.linear_model import LogisticRegression

from strate.scores.propensity import expression
from strate.scores.propensity.encoder import FeatureEncoder


class LinearModel:
    """An intercept and a coefficient a column; their sum is the log-odds.

    Parameters
    ----------
    intercept : float
    coefficients : array of shape (n_columns,)
    """

    kind = "linear"

    def __init__(self, intercept: float, coefficients: np.ndarray) -> None:
        self.intercept = float(intercept)
        self.coefficients = np.asarray(coefficients, dtype="float64")

    @classmethod
    def of(cls, model: LogisticRegression) -> Self:
        """Return the numbers of a fitted model of two classes."""
        return cls(model.intercept_[0], model.coef_[0])

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (n_rows,) for a matrix of shape (n_rows, n_columns)."""
        total = np.full(len(matrix), self.intercept)
        for column, coefficient in zip(matrix.T, self.coefficients, strict=True):
            total += column * coefficient  # a matrix product may differ in the last bit with the number of rows
        return expression.logistic(total)

    def to_sql(self, encoder: FeatureEncoder, max_leaves: int) -> list[expression.Step]:
        """Return the probability as portable SQL over the columns of `encoder.to_sql()`."""
        intercept, coefficients = self.intercept, self.coefficients
        if encoder.components_ is not None:
            coefficients = encoder.components_.T @ coefficients
            intercept -= float(encoder.means_ @ coefficients)
        columns = [f"x_{column}" for column in encoder.scaled_columns_]
        return expression.logistic_steps(4, expression.weighted_sum(intercept, columns, coefficients))

    def to_plain(self) -> dict[str, Any]:
        """Return what `from_plain` takes."""
        return {"intercept": self.intercept, "coefficients": self.coefficients.tolist()}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the model that `to_plain` wrote."""
        return cls(**plain)
