"""What every segmentation algorithm that ends in labelled prototypes has in common."""

from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from strate.clustering.checks import check_matrix

PROTOTYPE_DECIMALS = 10
ROWS_PER_CHUNK = 65_536


class PrototypeSegmenter(ClusterMixin, BaseEstimator):
    """Base of segmenters whose result is a list of prototypes, each with the number of its cluster.

    A customer belongs to the cluster of the nearest prototype. A subclass takes `n_clusters`, `n_starts`
    and `seed`, and its `fit` ends in `_finish`, which learns the attributes below. A cluster may own
    several prototypes, so that an algorithm with clusters that are not round fits in too.

    Attributes
    ----------
    prototypes_ : numpy.ndarray of shape (n_prototypes, n_components)
        Coordinates; row `i` is prototype number `i + 1`.
    prototype_labels_ : numpy.ndarray of int, of shape (n_prototypes,)
        Cluster of each prototype, numbered from 1.
    labels_ : numpy.ndarray of int, of shape (n_rows,)
        Cluster of each row of the sample; after `fit` only.
    inertia_ : float
        Sum of squared distances of the sample to the nearest prototypes; after `fit` only.
    """

    def fit(self, X: np.ndarray, y: Any = None) -> Self:
        """Learn prototypes from the components `X`, of shape (n_rows, n_components)."""
        raise NotImplementedError

    def set_prototypes(self, prototypes: np.ndarray, labels: np.ndarray) -> Self:
        """Take prototypes as learned, for instance those read from stored artifacts.

        Parameters
        ----------
        prototypes : numpy.ndarray of shape (n_prototypes, n_components)
        labels : numpy.ndarray of int, of shape (n_prototypes,)
        """
        self.prototypes_ = check_matrix("prototypes", prototypes)
        self.prototype_labels_ = np.asarray(labels, dtype="int64")
        if self.prototype_labels_.shape != (len(self.prototypes_),):
            raise ValueError(
                f"labels must have one entry for each of the {len(self.prototypes_)} prototypes; "
                f"got shape {self.prototype_labels_.shape}."
            )
        return self

    def _finish(self, X: np.ndarray, prototypes: np.ndarray, labels: np.ndarray) -> Self:
        """Take prototypes as learned from `X`, with the labels and the inertia they give it."""
        self.set_prototypes(prototypes, labels)
        distances = squared_distances(X, self.prototypes_)
        self.labels_ = self.prototype_labels_[distances.argmin(axis=1)]
        self.inertia_ = float(distances.min(axis=1).sum())
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the cluster of each row: that of the nearest prototype, of equally near ones the first.

        Parameters
        ----------
        X : numpy.ndarray of shape (n_rows, n_components)
            Finite.

        Returns
        -------
        numpy.ndarray of int64, of shape (n_rows,)
            Cluster numbers from 1.

        Raises
        ------
        ValueError
            If the number of components is not that of the prototypes, or a value is not finite.
        """
        check_is_fitted(self, "prototypes_")
        if len(X) == 0:
            return np.empty(0, dtype="int64")
        X = check_matrix("X", X)
        if X.shape[1] != self.prototypes_.shape[1]:
            raise ValueError(f"X must have {self.prototypes_.shape[1]} components; got {X.shape[1]}.")
        nearest = np.empty(len(X), dtype="int64")
        for start in range(0, len(X), ROWS_PER_CHUNK):
            rows = slice(start, start + ROWS_PER_CHUNK)
            nearest[rows] = squared_distances(X[rows], self.prototypes_).argmin(axis=1)
        return self.prototype_labels_[nearest]


def squared_distances(X: np.ndarray, prototypes: np.ndarray) -> np.ndarray:
    """Return squared Euclidean distances, summed component by component as SQL sums them.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    prototypes : numpy.ndarray of shape (n_prototypes, n_components)

    Returns
    -------
    numpy.ndarray of shape (n_rows, n_prototypes)
    """
    distances = np.zeros((len(X), len(prototypes)))
    for component, coordinates in enumerate(prototypes.T):
        difference = X[:, [component]] - coordinates
        distances += difference * difference
    return distances


def canonical_order(prototypes: np.ndarray) -> np.ndarray:
    """Return the order in which prototypes are numbered.

    By their mean over the components, lowest first, then by the components from first to last. The mean
    is compared at 9 decimals, so that the last bits of a sum do not decide.
    """
    means = np.round(prototypes.mean(axis=1), 9)
    return np.lexsort((*prototypes.T[::-1], means))
