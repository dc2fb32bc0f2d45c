"""Numbers for the levels of a category, learned from who has them and not from the label."""

from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

MOST_DIMENSIONS = 4
SHRINKAGE = 50


class CategoryEmbedding(BaseEstimator):
    """Levels whose customers are alike get numbers that are alike.

    The profile of a level is the mean of its customers in standardised features, pulled towards 0, the mean of all, as
    if 50 average customers had it too. The profiles of all levels are reduced to few dimensions by a singular value
    decomposition in which a level counts by its customers.

    Parameters
    ----------
    n_dimensions : int
        At most so many; there are never more than levels or features.

    Attributes
    ----------
    vectors_ : numpy.ndarray of shape (n_places, n_dimensions)
        One a place; zeros for the last, where unknown levels are.
    """

    def __init__(self, n_dimensions: int = MOST_DIMENSIONS) -> None:
        self.n_dimensions = n_dimensions

    def fit(self, places: np.ndarray, size: int, numbers: np.ndarray) -> Self:
        """Learn the vectors.

        Parameters
        ----------
        places : numpy.ndarray of shape (n_rows,)
            Place of each row, as `CategoryLevels.places` gives it; the last is that of unknown levels.
        size : int
            How many places there are.
        numbers : numpy.ndarray of shape (n_rows, n_features)
            Standardised, without NaN. Without a feature the vectors have no dimension.
        """
        if not numbers.shape[1]:
            self.vectors_ = np.zeros((size, 0))
            return self
        count = np.bincount(places, minlength=size).astype("float64")
        sums = np.column_stack([np.bincount(places, column, size) for column in numbers.T])
        profiles = sums / (count + SHRINKAGE)[:, None]
        profiles[-1] = 0
        count[-1] = 0
        _, weight, axes = np.linalg.svd(np.sqrt(count)[:, None] * profiles, full_matrices=False)
        axes = axes[: self.n_dimensions][weight[: self.n_dimensions] > 1e-9 * max(weight.max(), 1e-300)]
        # The sign of an axis is arbitrary: its largest part is made positive.
        axes *= np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])[:, None]
        self.vectors_ = profiles @ axes.T
        return self
