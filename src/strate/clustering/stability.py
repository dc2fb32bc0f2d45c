"""Stability: whether a clustering, and each of its clusters, comes back on other draws of customers."""

from dataclasses import dataclass

import numpy as np
from sklearn.metrics import adjusted_rand_score

from strate.checks import check_integer, check_matrix
from strate.clustering.resampling import Refit, count_clusters, draw_seed, fit_again
from strate.clustering.sampling import draw_rows
from strate.progress import track

COMES_BACK = 0.75
LOW_PERCENTILE = 10


@dataclass(frozen=True)
class Stability:
    """How well a clustering comes back on resamples; all NaN if it has fewer than two clusters.

    Attributes
    ----------
    adjusted_rand_mean : float
        Mean agreement with the reference; 1 is perfect, 0 what chance gives.
    adjusted_rand_low : float
        Its 10th percentile over the resamples.
    cluster_recovery : numpy.ndarray of shape (n_clusters,)
        For clusters 1 to n_clusters of the reference, the share of resamples in which the cluster comes
        back; NaN for a cluster without a row among those compared.
    cluster_jaccard : numpy.ndarray of shape (n_clusters,)
        Mean Jaccard index with the most similar cluster of each resample; NaN likewise.
    n_resamples : int
    n_failed : int
        Resamples on which the fit failed or found fewer than two clusters. They count as agreement 0 and
        as no cluster coming back.
    """

    adjusted_rand_mean: float
    adjusted_rand_low: float
    cluster_recovery: np.ndarray
    cluster_jaccard: np.ndarray
    n_resamples: int
    n_failed: int


def bootstrap_stability(
    refit: Refit, X: np.ndarray, labels: np.ndarray, *, n_resamples: int = 20, max_rows: int = 1_000, seed: int = 7
) -> Stability:
    """Fit again on resamples of the rows and compare with the reference on the same rows each time.

    A resample is half of the rows, at most `max_rows`, drawn without replacement. Half without replacement
    varies as much as a bootstrap of all rows does (Buja and Stuetzle), and holds no row twice: density
    methods take repeated rows for dense spots, and Hennig advises subsets where that matters.

    A cluster comes back when a cluster of the resample has a Jaccard index of at least 0.75 with it.
    Hennig calls a cluster dissolved at 0.5 and recovered from 0.75. 0.5 is too lenient here: two halves
    of a round cloud, cut again at a random angle, reach 0.5 in two of three cases in the plane (up to 60
    of 90 degrees), and 0.75 in fewer than one of three.

    Noise counts as a class of its own in the adjusted Rand index, because who belongs to no cluster is
    part of the answer; it is no cluster that could come back.

    Parameters
    ----------
    refit : callable
        Fits the same algorithm with the same number of clusters: see `Refit`.
    X : numpy.ndarray of shape (n_rows, n_components)
    labels : numpy.ndarray of int, of shape (n_rows,)
        The reference: clusters from 1, noise 0.
    n_resamples : int
        Fits, at least 1.
    max_rows : int
        Most rows of a fit, and most rows compared. A cluster with fewer than about ten rows in so many
        cannot be judged.
    seed : int

    Returns
    -------
    Stability

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Hennig, C. (2007). Cluster-wise assessment of cluster stability. Computational Statistics & Data
    Analysis 52(1). Hubert, L. and Arabie, P. (1985). Comparing partitions. Journal of Classification 2.
    Buja, A. and Stuetzle, W. (2006). Observations on bagging. Statistica Sinica 16(2).
    """
    X = check_matrix("X", X)
    check_integer("n_resamples", n_resamples, 1)
    check_integer("max_rows", max_rows, 2)
    n_clusters = int(labels.max())
    if count_clusters(labels) < 2:
        undefined = np.full(n_clusters, np.nan)
        return Stability(np.nan, np.nan, undefined, undefined, n_resamples, 0)

    stream = np.random.RandomState(seed)
    compared = draw_rows(len(X), max_rows, draw_seed(stream))
    reference = labels[compared]
    size = min(max_rows, (len(X) + 1) // 2)
    agreement = np.zeros(n_resamples)
    jaccard = np.zeros((n_resamples, n_clusters))
    n_failed = 0
    for i in track(range(n_resamples), "Clustering, draws for stability"):
        rows = draw_rows(len(X), size, draw_seed(stream))
        segmenter = fit_again(refit, X[rows], draw_seed(stream))
        if segmenter is None:
            n_failed += 1
            continue
        found = segmenter.predict(X[compared])
        agreement[i] = adjusted_rand_score(reference, found)
        jaccard[i] = _best_jaccard(reference, found, n_clusters)
    jaccard[:, np.bincount(reference, minlength=n_clusters + 1)[1:] == 0] = np.nan
    return Stability(
        adjusted_rand_mean=float(agreement.mean()),
        adjusted_rand_low=float(np.percentile(agreement, LOW_PERCENTILE)),
        cluster_recovery=np.where(np.isnan(jaccard[0]), np.nan, (jaccard >= COMES_BACK).mean(axis=0)),
        cluster_jaccard=jaccard.mean(axis=0),
        n_resamples=n_resamples,
        n_failed=n_failed,
    )


def _best_jaccard(reference: np.ndarray, found: np.ndarray, n_clusters: int) -> np.ndarray:
    """Return for each cluster of the reference the Jaccard index of the most similar cluster found."""
    n_found = int(found.max(initial=0))
    cells = reference * (n_found + 1) + found
    shared = np.bincount(cells, minlength=(n_clusters + 1) * (n_found + 1)).reshape(n_clusters + 1, n_found + 1)
    either = shared.sum(axis=1)[1:, None] + shared.sum(axis=0)[None, 1:] - shared[1:, 1:]
    return (shared[1:, 1:] / np.maximum(either, 1)).max(axis=1, initial=0.0)
