"""Estimator that fills with what is most usual."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted


class MedianImputer(BaseEstimator):
    """Fill a number with its median, and a text with its most frequent level: the baseline of every other method.

    Parameters
    ----------
    indicators : sequence of int
        Columns of 0 and 1 that stand for levels. They are filled with their mean, so the most frequent is largest.
    seed : int
        Ignored; every method has it.
    """

    def __init__(self, indicators: Sequence[int] = (), seed: int = 7) -> None:
        self.indicators = indicators
        self.seed = seed

    def fit(self, matrix: np.ndarray, y: Any = None) -> "MedianImputer":
        """Learn from `matrix`, of shape (n_rows, n_columns), in which every column has a value that is no NaN."""
        self.fill_values_ = np.nanmedian(matrix, axis=0)
        indicators = list(self.indicators)
        self.fill_values_[indicators] = np.nanmean(matrix[:, indicators], axis=0)
        return self

    def transform(self, matrix: np.ndarray) -> np.ndarray:
        """Return a copy in which every NaN is filled."""
        check_is_fitted(self, "fill_values_")
        return np.where(np.isnan(matrix), self.fill_values_, matrix)
