"""Density-based validity of a clustering (DBCV)."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from strate.clustering.spanning_tree import spanning_tree
from strate.threads import one_thread

NOISE = 0


def density_validities(X: np.ndarray, labelings: Sequence[np.ndarray]) -> list[float]:
    """Return DBCV of several clusterings of the same rows.

    For each cluster, how much denser its sparsest inner connection is than the densest bridge to another
    cluster; the mean over clusters, weighted by their share of all rows, so that noise lowers it. It does
    not ask for round clusters. Quadratic time and memory: meant for at most some 2,000 rows.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    labelings : sequence of numpy.ndarray of int, each of shape (n_rows,)
        Cluster of each row, 0 for noise.

    Returns
    -------
    list of float
        One per labeling, from -1 to 1; NaN where there are fewer than two clusters of two rows or more.

    References
    ----------
    Moulavi, D., Jaskowiak, P. A., Campello, R. J. G. B., Zimek, A. and Sander, J. (2014). Density-based
    clustering validation. SIAM International Conference on Data Mining.
    """
    with one_thread():
        distances = euclidean_distances(X)
    np.fill_diagonal(distances, 0.0)
    return [_validity(distances, labels, X.shape[1]) for labels in labelings]


def _validity(distances: np.ndarray, labels: np.ndarray, n_components: int) -> float:
    """Return DBCV of one clustering, from all distances."""
    members = [np.flatnonzero(labels == c) for c in np.unique(labels) if c != NOISE]
    members = [rows for rows in members if len(rows) > 1]
    if len(members) < 2:
        return float("nan")
    inner, cores, sparseness = [], [], []
    for rows in members:
        within = distances[np.ix_(rows, rows)]
        core = _core_distances(within, n_components)
        reach = np.maximum(np.maximum(core[:, None], core), within)
        edges, lengths = spanning_tree(len(rows), lambda point, others, reach=reach: reach[point, others])
        degrees = np.bincount(edges.ravel(), minlength=len(rows))
        is_inner = degrees > 1 if (degrees > 1).any() else degrees > 0
        between_inner = is_inner[edges].all(axis=1)
        sparseness.append(float(lengths[between_inner].max() if between_inner.any() else lengths.max()))
        inner.append(rows[is_inner])
        cores.append(core[is_inner])
    separation = np.full(len(members), np.inf)
    for i in range(len(members)):
        for j in range(i):
            bridges = distances[np.ix_(inner[i], inner[j])]
            bridge = float(np.maximum(np.maximum(cores[i][:, None], cores[j]), bridges).min())
            separation[[i, j]] = np.minimum(separation[[i, j]], bridge)
    larger = np.maximum(separation, sparseness)
    validity = np.where(larger > 0, (separation - sparseness) / np.where(larger > 0, larger, 1.0), 0.0)
    return float((validity * [len(rows) for rows in members]).sum() / len(labels))


def _core_distances(within: np.ndarray, n_components: int) -> np.ndarray:
    """Return, for each row, the mean distance to the others of its cluster, near ones counting by density.

    That is the generalised mean with the exponent of minus the number of components.
    """
    others = within[~np.eye(len(within), dtype=bool)].reshape(len(within), -1)
    least = others.min(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = (least[:, None] / others) ** n_components  # at most 1, whatever the unit
        core = least * shares.mean(axis=1) ** (-1.0 / n_components)
    return np.where(least > 0, core, 0.0)
