"""Internal quality of a clustering: silhouette, Davies-Bouldin and Calinski-Harabasz."""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics.pairwise import euclidean_distances

from strate.threads import one_thread

BYTES_PER_CHUNK = 40_000_000
ROUNDING = 1e-20  # share of variance that is only the rounding of the means


def silhouette_scores(X: np.ndarray, labelings: Sequence[np.ndarray], *, noise: int | None = None) -> list[float]:
    """Return the mean silhouette of several clusterings of the same rows.

    The distances, which are the dear part, are taken once for all clusterings, in chunks of rows of
    about 40 MB, and never kept. A row alone in its cluster has silhouette 0 (Rousseeuw's convention).

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    labelings : sequence of numpy.ndarray of int, each of shape (n_rows,)
        Cluster of each row.
    noise : int, optional
        Label of rows that are in no cluster: they neither count nor are counted.

    Returns
    -------
    list of float
        One per labeling, from -1 to 1; NaN where there are fewer than two clusters.

    References
    ----------
    Rousseeuw, P. J. (1987). Silhouettes: a graphical aid to the interpretation and validation of cluster
    analysis. Journal of Computational and Applied Mathematics 20.
    """
    encoded = [_encode(labels, noise) for labels in labelings]
    scores = [np.nan] * len(encoded)
    asked = [i for i, codes in enumerate(encoded) if len(codes) and codes.max() > 0]
    if not asked:
        return scores
    members = [np.eye(encoded[i].max() + 2)[encoded[i], :-1] for i in asked]  # the last, -1, is noise
    bounds = np.cumsum([0] + [m.shape[1] for m in members])
    all_members = np.hstack(members)
    sizes = all_members.sum(axis=0)
    totals = np.zeros(len(asked))
    rows_per_chunk = max(1, BYTES_PER_CHUNK // (8 * len(X)))
    with one_thread():
        for start in range(0, len(X), rows_per_chunk):
            rows = np.arange(start, min(start + rows_per_chunk, len(X)))
            distances = euclidean_distances(X[rows], X)
            distances[rows - start, rows] = 0.0
            sums = distances @ all_members
            for position, i in enumerate(asked):
                columns = slice(bounds[position], bounds[position + 1])
                codes = encoded[i][rows]
                is_member = codes >= 0
                totals[position] += _silhouettes(sums[is_member, columns], sizes[columns], codes[is_member]).sum()
    for position, i in enumerate(asked):
        scores[i] = float(totals[position] / (encoded[i] >= 0).sum())
    return scores


def davies_bouldin(X: np.ndarray, labels: np.ndarray) -> float:
    """Return the Davies-Bouldin index: the mean, over clusters, of the worst ratio of spread to distance.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    labels : numpy.ndarray of int, of shape (n_rows,)

    Returns
    -------
    float
        0 is best; NaN with fewer than two clusters or where two centers coincide.

    References
    ----------
    Davies, D. L. and Bouldin, D. W. (1979). A cluster separation measure. IEEE Transactions on Pattern
    Analysis and Machine Intelligence 1(2).
    """
    codes, centers, sizes = _centers(X, labels)
    if len(sizes) < 2:
        return float("nan")
    to_center = np.sqrt(((X - centers[codes]) ** 2).sum(axis=1))
    spreads = np.bincount(codes, weights=to_center) / sizes
    apart = np.sqrt(((centers[:, None] - centers[None]) ** 2).sum(axis=2))
    np.fill_diagonal(apart, np.inf)
    if not apart.all():
        return float("nan")
    return float(((spreads[:, None] + spreads[None]) / apart).max(axis=1).mean())


def calinski_harabasz(X: np.ndarray, labels: np.ndarray) -> float:
    """Return the Calinski-Harabasz index: variance between clusters over variance within, per freedom.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    labels : numpy.ndarray of int, of shape (n_rows,)

    Returns
    -------
    float
        Higher is better; NaN with fewer than two clusters, as many clusters as rows, or no variance within.

    References
    ----------
    Caliński, T. and Harabasz, J. (1974). A dendrite method for cluster analysis. Communications in
    Statistics 3(1).
    """
    codes, centers, sizes = _centers(X, labels)
    within = ((X - centers[codes]) ** 2).sum()
    between = (sizes[:, None] * (centers - X.mean(axis=0)) ** 2).sum()
    if len(sizes) < 2 or len(sizes) == len(X) or within <= ROUNDING * between:
        return float("nan")
    return float((between / (len(sizes) - 1)) / (within / (len(X) - len(sizes))))


def _silhouettes(sums: np.ndarray, sizes: np.ndarray, codes: np.ndarray) -> np.ndarray:
    """Return the silhouette of each row from its summed distances to every cluster.

    Parameters
    ----------
    sums : numpy.ndarray of shape (n_rows, n_clusters)
    sizes : numpy.ndarray of shape (n_clusters,)
    codes : numpy.ndarray of int, of shape (n_rows,)
        Own cluster, from 0.
    """
    rows = np.arange(len(codes))
    own_size = sizes[codes]
    own = sums[rows, codes] / np.maximum(own_size - 1, 1)
    means = sums / sizes
    means[rows, codes] = np.inf
    other = means.min(axis=1)
    larger = np.maximum(own, other)
    is_defined = (own_size > 1) & (larger > 0)
    return np.where(is_defined, (other - own) / np.where(larger > 0, larger, 1.0), 0.0)


def _encode(labels: np.ndarray, noise: int | None) -> np.ndarray:
    """Return each row's cluster from 0 without gaps, -1 for noise."""
    is_member = np.ones(len(labels), dtype=bool) if noise is None else labels != noise
    codes = np.full(len(labels), -1)
    codes[is_member] = np.unique(labels[is_member], return_inverse=True)[1]
    return codes


def _centers(X: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return each row's cluster from 0, the clusters' means and their sizes."""
    codes = np.unique(labels, return_inverse=True)[1]
    sizes = np.bincount(codes).astype("float64")
    sums = np.column_stack([np.bincount(codes, weights=column) for column in X.T])
    return codes, sums / sizes[:, None], sizes
