"""Overlap of two labelings of the same customers, and the optimal matching of their clusters."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

CENTRE_WEIGHT = 1e-6  # decides between pairs of equal overlap, and never against a customer's worth of it


@dataclass(frozen=True)
class Overlap:
    """How two labelings of the same customers go together.

    Attributes
    ----------
    before, after : numpy.ndarray of int
        Cluster numbers of each labeling, ascending; 0 is the noise and always first.
    shared : numpy.ndarray of int, of shape (len(before), len(after))
        Customers in both clusters.
    closeness : numpy.ndarray of shape (len(before), len(after))
        1 / (1 + distance of the two clusters' means); 0 for a cluster without customers.
    """

    before: np.ndarray
    after: np.ndarray
    shared: np.ndarray
    closeness: np.ndarray

    @property
    def before_sizes(self) -> np.ndarray:
        """Customers of each cluster before."""
        return self.shared.sum(axis=1)

    @property
    def after_sizes(self) -> np.ndarray:
        """Customers of each cluster after."""
        return self.shared.sum(axis=0)

    @property
    def jaccard(self) -> np.ndarray:
        """Customers in both clusters as a share of those in either, 0 to 1."""
        either = self.before_sizes[:, None] + self.after_sizes[None, :] - self.shared
        return np.where(either > 0, self.shared / np.maximum(either, 1), 0.0)


def measure_overlap(
    before_labels: np.ndarray,
    after_labels: np.ndarray,
    X: np.ndarray,
    before: np.ndarray,
    after: np.ndarray,
) -> Overlap:
    """Count the customers that each pair of clusters shares.

    Parameters
    ----------
    before_labels, after_labels : numpy.ndarray of int, of shape (n_rows,)
        The two labelings of the same customers; 0 is noise.
    X : numpy.ndarray of shape (n_rows, n_features)
        The customers' scaled features, in which clusters have their means.
    before, after : numpy.ndarray of int
        Cluster numbers, from 1; a cluster may have no customer.

    Returns
    -------
    Overlap
    """
    before = np.concatenate([[0], np.sort(before)]).astype("int64")
    after = np.concatenate([[0], np.sort(after)]).astype("int64")
    rows, columns = np.searchsorted(before, before_labels), np.searchsorted(after, after_labels)
    shared = np.zeros((len(before), len(after)), dtype="int64")
    np.add.at(shared, (rows, columns), 1)
    difference = _means(X, rows, len(before))[:, None, :] - _means(X, columns, len(after))[None, :, :]
    with np.errstate(over="ignore"):
        distance = np.sqrt((difference * difference).sum(axis=2))
    return Overlap(before, after, shared, np.nan_to_num(1 / (1 + distance)))


def match_clusters(overlap: Overlap, min_overlap: float, before: np.ndarray, after: np.ndarray) -> dict[int, int]:
    """Match clusters one to one so that the sum of their overlaps is greatest.

    Parameters
    ----------
    overlap : Overlap
    min_overlap : float
        Pairs of a lower Jaccard index are left apart, above 0 to 1.
    before, after : numpy.ndarray of int
        The clusters to match, some or all of those of the overlap; noise is never matched.

    Returns
    -------
    dict of int to int
        Cluster after, to its cluster before.

    References
    ----------
    Kuhn (1955), "The Hungarian method for the assignment problem"; the index is that of Jaccard (1901).
    """
    rows = np.flatnonzero(np.isin(overlap.before, before) & (overlap.before > 0))
    columns = np.flatnonzero(np.isin(overlap.after, after) & (overlap.after > 0))
    scores = overlap.jaccard[np.ix_(rows, columns)]
    # A pair that is too far apart must not displace one that is not.
    is_enough = scores >= min_overlap
    scores = np.where(is_enough, scores + CENTRE_WEIGHT * overlap.closeness[np.ix_(rows, columns)], 0.0)
    pairs = zip(*linear_sum_assignment(scores, maximize=True), strict=True)
    return {int(overlap.after[columns[j]]): int(overlap.before[rows[i]]) for i, j in pairs if is_enough[i, j]}


def _means(X: np.ndarray, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Return the mean of each group of rows, NaN for an empty one."""
    means = np.full((n_groups, X.shape[1]), np.nan)
    for group in np.unique(groups):
        means[group] = X[groups == group].mean(axis=0)
    return means
