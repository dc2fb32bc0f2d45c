"""Distances to prototypes, in the arithmetic that SQL repeats."""

import numpy as np

CELLS_PER_CHUNK = 4_000_000


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
        difference *= difference
        distances += difference
    return distances


def nearest_prototypes(X: np.ndarray, prototypes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place of each row's nearest prototype, of equally near ones the first, and the squared distance.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    prototypes : numpy.ndarray of shape (n_prototypes, n_components)

    Returns
    -------
    tuple of numpy.ndarray of int64 and of float64, each of shape (n_rows,)
    """
    nearest = np.empty(len(X), dtype="int64")
    least = np.empty(len(X))
    rows_per_chunk = max(1, CELLS_PER_CHUNK // max(len(prototypes), 1))
    for start in range(0, len(X), rows_per_chunk):
        rows = slice(start, start + rows_per_chunk)
        distances = squared_distances(X[rows], prototypes)
        nearest[rows] = distances.argmin(axis=1)
        least[rows] = distances.min(axis=1)
    return nearest, least


def canonical_order(points: np.ndarray) -> np.ndarray:
    """Return the order in which clusters are numbered, from a point of each.

    By their mean over the components, lowest first, then by the components from first to last. The mean
    is compared at 9 decimals, so that the last bits of a sum do not decide.
    """
    means = np.round(points.mean(axis=1), 9)
    return np.lexsort((*points.T[::-1], means))
