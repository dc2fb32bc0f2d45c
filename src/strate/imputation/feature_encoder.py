"""Estimator that writes features of any kind as numbers on one scale, and reads them back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from strate.checks import check_names, numeric_matrix
from strate.clustering.transforms import signed_log

MOST_LEVELS = 10


class FeatureEncoder(BaseEstimator):
    """Write features as columns of numbers, missing ones as NaN.

    A number becomes its signed logarithm, centred on the median and divided by the standard deviation. A text becomes a
    column of 0 and 1 for each of its most frequent levels, all of them NaN where it is missing; a level that
    is not among them is 0 in all.

    Parameters
    ----------
    features : sequence of str
        Columns to write.
    categories : sequence of str
        Those of `features` that hold text.

    Attributes
    ----------
    columns_ : dict of str to list of int
        Positions of each feature's columns in the matrix. A feature of which nothing is known has none.
    levels_ : dict of str to list of str
        Levels of each text, the most frequent first, of equals the first by name.
    numbers_ : dict of str to tuple
        Center, scale, least and largest known value of each number, and whether all are whole.
    """

    def __init__(self, features: Sequence[str], *, categories: Sequence[str] = ()) -> None:
        self.features = features
        self.categories = categories

    def fit(self, frame: pd.DataFrame, y: Any = None) -> "FeatureEncoder":
        """Learn levels and scales from known values; an infinite number counts as missing.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row per customer, with the columns `features`.
        y : ignored
            There for scikit-learn's sake.
        """
        features = check_names("features", self.features)
        categories = set(check_names("categories", self.categories))
        self.columns_, self.levels_, self.numbers_ = {}, {}, {}
        width = 0
        for feature in features:
            if feature in categories:
                counts = frame[feature].dropna().astype(str).value_counts()
                levels = sorted(counts.index, key=lambda level: (-counts[level], level))[:MOST_LEVELS]
                self.levels_[feature] = levels
                columns = len(levels)
            else:
                columns = self._fit_number(feature, numeric_matrix(frame, [feature])[:, 0])
            self.columns_[feature] = list(range(width, width + columns))
            width += columns
        self.width_ = width
        return self

    def _fit_number(self, feature: str, values: np.ndarray) -> int:
        known = values[np.isfinite(values)]
        if not len(known):
            return 0
        logs = signed_log(known)
        is_whole = bool((known == np.floor(known)).all())
        scale = float(logs.std()) or 1.0
        self.numbers_[feature] = (float(np.median(logs)), scale, float(known.min()), float(known.max()), is_whole)
        return 1

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the matrix of shape (n_rows, width_), NaN where a feature is missing."""
        check_is_fitted(self, "columns_")
        matrix = np.full((len(frame), self.width_), np.nan)
        for feature, columns in self.columns_.items():
            if not columns:
                continue
            if feature in self.levels_:
                known = frame[feature].notna().to_numpy()
                texts = frame[feature][known].astype(str).to_numpy(dtype=object)
                for column, level in zip(columns, self.levels_[feature], strict=True):
                    matrix[known, column] = texts == level
            else:
                center, scale, *_ = self.numbers_[feature]
                values = numeric_matrix(frame, [feature])[:, 0]
                values = np.where(np.isfinite(values), values, np.nan)
                matrix[:, columns[0]] = (signed_log(values) - center) / scale
        return matrix

    def decode(self, feature: str, matrix: np.ndarray) -> np.ndarray:
        """Read one feature back from a matrix without NaN.

        A number lies between the least and the largest value that were known, and is whole where all of them were. A
        text is the level of the largest column, of equals the most frequent.

        Parameters
        ----------
        feature : str
        matrix : numpy.ndarray of shape (n_rows, width_)

        Returns
        -------
        numpy.ndarray of shape (n_rows,)
            float64, or objects of str.
        """
        columns = self.columns_[feature]
        if feature in self.levels_:
            return np.array(self.levels_[feature], dtype=object)[matrix[:, columns].argmax(axis=1)]
        center, scale, least, largest, is_whole = self.numbers_[feature]
        logs = np.clip(matrix[:, columns[0]] * scale + center, signed_log(least), signed_log(largest))
        values = np.clip(np.sign(logs) * np.expm1(np.abs(logs)), least, largest)
        return np.round(values) if is_whole else np.round(values, 6)
