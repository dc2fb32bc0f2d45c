"""Minimum spanning trees over all pairs of points."""

from collections.abc import Callable

import numpy as np


def spanning_tree(
    n_points: int, distances_from: Callable[[int, np.ndarray], np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges of a minimum spanning tree and their lengths, shortest first.

    Prim's algorithm, which asks for distances when it needs them: quadratic time, memory in proportion.

    Parameters
    ----------
    n_points : int
        At least 1.
    distances_from : callable
        From a point and an array of others to the distances between them.

    Returns
    -------
    tuple of numpy.ndarray, of shapes (n_points - 1, 2) and (n_points - 1,)

    References
    ----------
    Prim, R. C. (1957). Shortest connection networks and some generalizations. Bell System Technical Journal 36.
    """
    left = np.arange(1, n_points)  # points not in the tree yet; the two arrays below run parallel to it
    least, nearest = np.full(n_points - 1, np.inf), np.zeros(n_points - 1, dtype="int64")
    edges, lengths = np.empty((n_points - 1, 2), dtype="int64"), np.empty(n_points - 1)
    last = 0
    for i in range(n_points - 1):
        distances = distances_from(last, left)
        is_nearer = distances < least
        least = np.where(is_nearer, distances, least)
        nearest = np.where(is_nearer, last, nearest)
        place = int(least.argmin())
        last = int(left[place])
        edges[i], lengths[i] = (nearest[place], last), least[place]
        # Order does not matter: the last one takes the free place.
        left[place], least[place], nearest[place] = left[-1], least[-1], nearest[-1]
        left, least, nearest = left[:-1], least[:-1], nearest[:-1]
    order = np.argsort(lengths, kind="stable")
    return edges[order], lengths[order]


def euclidean_spanning_tree(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the minimum spanning tree of points by Euclidean distance, as `spanning_tree` does."""
    columns = np.ascontiguousarray(points.T)

    def squared(point: int, others: np.ndarray) -> np.ndarray:
        distances = np.zeros(len(others))
        for column in columns:
            difference = column[others] - column[point]
            distances += difference * difference
        return distances

    edges, lengths = spanning_tree(len(points), squared)
    return edges, np.sqrt(lengths)
