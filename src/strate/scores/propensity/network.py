"""A multi-layer perceptron as plain numbers."""

from typing import Any, Self

import numpy as np
from scipy.special import expit
from sklearn.neural_network import MLPClassifier

from strate.scores.propensity import expression
from strate.scores.propensity.encoder import FeatureEncoder

ROWS_AT_ONCE = 8192
ACTIVATIONS = {
    "identity": lambda x: x,
    "logistic": expit,
    "tanh": np.tanh,
    "relu": lambda x: np.maximum(x, 0.0),
}


class Network:
    """Layers of weights; the last has one unit, the log-odds.

    Parameters
    ----------
    activation : str
        Of the hidden layers, a key of `ACTIVATIONS`.
    weights : list of arrays of shape (n_inputs, n_units)
    biases : list of arrays of shape (n_units,)
    """

    kind = "network"

    def __init__(self, activation: str, weights: list[Any], biases: list[Any]) -> None:
        self.activation = activation
        self.weights = [np.asarray(weight, dtype="float64") for weight in weights]
        self.biases = [np.asarray(bias, dtype="float64") for bias in biases]

    @classmethod
    def of(cls, model: MLPClassifier) -> Self:
        """Return the numbers of a fitted model of two classes."""
        return cls(model.activation, model.coefs_, model.intercepts_)

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (n_rows,) for a matrix of shape (n_rows, n_columns)."""
        total = np.empty(len(matrix))
        for begin in range(0, len(matrix), ROWS_AT_ONCE):
            rows = matrix[begin : begin + ROWS_AT_ONCE]
            for depth, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True)):
                units = np.tile(bias, (len(rows), 1))
                for column, weights in zip(rows.T, weight, strict=True):
                    # A matrix product may differ in the last bit with the number of rows.
                    units += column[:, None] * weights
                rows = ACTIVATIONS[self.activation](units) if depth + 1 < len(self.weights) else units
            total[begin : begin + ROWS_AT_ONCE] = rows[:, 0]
        return expression.logistic(total)

    def to_sql(self, encoder: FeatureEncoder, max_leaves: int) -> None:
        """Return None: as SQL it would be long and slow."""

    def to_plain(self) -> dict[str, Any]:
        """Return what `from_plain` takes."""
        return {
            "activation": self.activation,
            "weights": [weight.tolist() for weight in self.weights],
            "biases": [bias.tolist() for bias in self.biases],
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the network that `to_plain` wrote."""
        return cls(**plain)
