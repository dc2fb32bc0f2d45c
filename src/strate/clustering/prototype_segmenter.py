"""What every segmentation algorithm has in common: it ends in labelled prototypes."""

from collections.abc import Mapping
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.utils.validation import check_is_fitted

from strate.checks import check_matrix
from strate.clustering.distances import canonical_order, nearest_prototypes
from strate.clustering.distillation import PROTOTYPE_DECIMALS, distil

NOISE = 0
OUTCOMES = ("fitted", "fewer_clusters", "one_cluster", "only_noise")


class PrototypeSegmenter(ClusterMixin, BaseEstimator):
    """Base of segmenters whose result is a list of prototypes, each with the number of its cluster.

    A customer belongs to the cluster of the nearest prototype, or to none (cluster 0, noise) if that
    prototype is farther away than its reach. A cluster that is not round owns several prototypes. So one
    query assigns everybody, whatever the algorithm, and `labels_` is what that query says of the sample;
    what the algorithm itself said is in `native_labels_`.

    A subclass has `seed` among its arguments and ends its `fit` in `_take_prototypes` or `_distil`.

    Attributes
    ----------
    prototypes_ : numpy.ndarray of shape (n_prototypes, n_components)
        Coordinates; row `i` is prototype number `i + 1`.
    prototype_labels_ : numpy.ndarray of int, of shape (n_prototypes,)
        Cluster of each prototype, numbered from 1; 0 for a prototype of noise.
    prototype_reaches_ : numpy.ndarray of shape (n_prototypes,)
        Squared distance beyond which a row is noise; infinite where there is no limit.
    n_clusters_ : int
        Different clusters among the prototypes, noise not counted.

    labels_ : numpy.ndarray of int, of shape (n_rows,)
        Cluster of each row of the sample, 0 for noise; this and the rest after `fit` only.
    native_rows_ : numpy.ndarray of int
        Rows of the sample that the algorithm itself labelled: all, or a draw where it is slow.
    native_labels_ : numpy.ndarray of int, of shape (len(native_rows_),)
        The algorithm's own labels of those rows.
    agreement_ : float
        Share of rows for which prototypes and algorithm agree, 0 to 1; from 1,000 rows on measured on
        rows that did not place the prototypes.
    inertia_ : float
        Sum of squared distances of the sample to the nearest prototypes.
    outcome_ : {'fitted', 'fewer_clusters', 'one_cluster', 'only_noise'}
        Whether there are at least two clusters and as many as were asked for.
    facts_ : dict of str to float
        What else was learned and can be told in a number, such as a distance threshold.
    """

    def fit(self, X: np.ndarray, y: Any = None, *, prepared: Any = None) -> Self:
        """Learn the prototypes.

        Parameters
        ----------
        X : numpy.ndarray of shape (n_rows, n_components)
            Components, as `CustomerTransformer` makes them.
        y : ignored
            There for scikit-learn's sake.
        prepared : optional
            What `prepare` returned for the same rows and seed, so that fits that differ in other arguments
            need not do the work again.

        Raises
        ------
        ValueError
            If an argument is not legal, or `X` is no finite matrix.
        """
        raise NotImplementedError

    @classmethod
    def prepare(cls, X: np.ndarray, seed: int) -> Any:
        """Return the part of a fit that depends on nothing but rows and seed; None if there is none."""
        return None

    def set_prototypes(self, prototypes: np.ndarray, labels: np.ndarray, reaches: np.ndarray | None = None) -> Self:
        """Take prototypes as learned, for instance those read from stored artifacts.

        Parameters
        ----------
        prototypes : numpy.ndarray of shape (n_prototypes, n_components)
        labels : numpy.ndarray of int, of shape (n_prototypes,)
        reaches : numpy.ndarray of shape (n_prototypes,), optional
            Infinite throughout if not given.
        """
        self.prototypes_ = check_matrix("prototypes", prototypes)
        self.prototype_labels_ = np.asarray(labels, dtype="int64")
        shape = (len(self.prototypes_),)
        self.prototype_reaches_ = np.full(shape, np.inf) if reaches is None else np.asarray(reaches, dtype="float64")
        for name, values in (("labels", self.prototype_labels_), ("reaches", self.prototype_reaches_)):
            if values.shape != shape:
                raise ValueError(
                    f"{name} must have one entry for each of the {shape[0]} prototypes; got shape {values.shape}."
                )
        self.n_clusters_ = len(np.unique(self.prototype_labels_[self.prototype_labels_ != NOISE]))
        return self

    def relabel(self, mapping: Mapping[int, int]) -> Self:
        """Give clusters other numbers; those that get the same are one from now on, noise stays noise.

        Parameters
        ----------
        mapping : mapping of int to int
            New number of each cluster. A number that is not in it stays.
        """
        check_is_fitted(self, "prototypes_")
        for name in ("prototype_labels_", "labels_", "native_labels_"):
            if hasattr(self, name):
                labels = getattr(self, name)
                table = np.arange(max(labels.max(initial=0), max(mapping, default=0)) + 1)
                table[list(mapping)] = list(mapping.values())
                setattr(self, name, table[labels])
        self.n_clusters_ = len(np.unique(self.prototype_labels_[self.prototype_labels_ != NOISE]))
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
            Cluster numbers from 1; 0 beyond the prototype's reach.

        Raises
        ------
        ValueError
            If the number of components is not that of the prototypes, or a value is not finite.
        """
        check_is_fitted(self, "prototypes_")
        if len(X) == 0:
            return np.empty(0, dtype="int64")
        return self._assign(check_matrix("X", X))[0]

    def _assign(self, X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the cluster of each row and its squared distance to the nearest prototype."""
        if X.shape[1] != self.prototypes_.shape[1]:
            raise ValueError(f"X must have {self.prototypes_.shape[1]} components; got {X.shape[1]}.")
        nearest, distances = nearest_prototypes(X, self.prototypes_)
        is_reached = distances <= self.prototype_reaches_[nearest]
        return np.where(is_reached, self.prototype_labels_[nearest], NOISE), distances

    def _take_prototypes(self, X: np.ndarray, prototypes: np.ndarray, n_asked: int) -> Self:
        """End a fit whose clusters are, by definition, the rows nearest to one prototype each."""
        prototypes = np.round(prototypes, PROTOTYPE_DECIMALS) + 0.0
        prototypes = prototypes[canonical_order(prototypes)]
        prototypes = prototypes[np.unique(nearest_prototypes(X, prototypes)[0])]
        self.set_prototypes(prototypes, np.arange(1, len(prototypes) + 1))
        self.native_rows_ = np.arange(len(X))
        self.native_labels_ = self.predict(X)
        self.agreement_ = 1.0
        return self._finish(X, n_asked)

    def _distil(
        self, X: np.ndarray, rows: np.ndarray, labels: np.ndarray, n_asked: int | None, margin: float | None = None
    ) -> Self:
        """End a fit that labelled `X[rows]` in its own way: number the clusters, find prototypes for them.

        `labels` are from 0, and -1 for noise; `margin` is the distance from a member at which noise begins,
        None for an algorithm that knows no noise.
        """
        codes, centers = _means(X[rows], labels)
        numbers = np.empty(len(centers) + 1, dtype="int64")
        numbers[canonical_order(centers)] = np.arange(1, len(centers) + 1)
        numbers[-1] = NOISE
        native = numbers[codes]
        found = distil(X[rows], native, max_prototypes=self.max_prototypes, margin=margin, seed=self.seed)
        self.set_prototypes(found.prototypes, found.labels, found.reaches)
        self.native_rows_, self.native_labels_, self.agreement_ = rows, native, found.agreement
        return self._finish(X, n_asked)

    def _finish(self, X: np.ndarray, n_asked: int | None) -> Self:
        """Say what the prototypes make of the sample."""
        self.labels_, distances = self._assign(X)
        self.inertia_ = float(distances.sum())
        if not hasattr(self, "facts_"):
            self.facts_ = {}
        if self.n_clusters_ == 0:
            self.outcome_ = "only_noise"
        elif self.n_clusters_ == 1:
            self.outcome_ = "one_cluster"
        else:
            self.outcome_ = "fewer_clusters" if n_asked is not None and self.n_clusters_ < n_asked else "fitted"
        return self


def _means(X: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each row's cluster from 0 without gaps, -1 for noise, and the clusters' means."""
    codes = np.full(len(X), -1)
    is_member = labels >= 0
    codes[is_member] = np.unique(labels[is_member], return_inverse=True)[1]
    sizes = np.bincount(codes[is_member])
    sums = [np.bincount(codes[is_member], weights=column[is_member], minlength=len(sizes)) for column in X.T]
    return codes, np.round(np.column_stack(sums) / np.maximum(sizes, 1)[:, None], PROTOTYPE_DECIMALS) + 0.0
