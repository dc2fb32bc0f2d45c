"""Generalisation: whether customers never seen in the fit end in the clusters they would make themselves."""

import numpy as np
from sklearn.metrics import adjusted_rand_score

from strate.checks import check_integer, check_matrix
from strate.clustering.resampling import Refit, draw_seed, fit_again
from strate.clustering.sampling import draw_rows

FEWEST_ROWS = 4


def generalisation(refit: Refit, X: np.ndarray, *, n_splits: int = 3, max_rows: int = 2_000, seed: int = 7) -> float:
    """Fit on one half and on the other, let both assign the second half, and compare.

    Unlike stability it needs no reference, and the two fits share no row. A fit that fails or finds fewer
    than two clusters counts as agreement 0. Noise is a class of its own.

    Parameters
    ----------
    refit : callable
        See `Refit`.
    X : numpy.ndarray of shape (n_rows, n_components)
    n_splits : int
        Random splits to average, at least 1; two fits each.
    max_rows : int
        Most rows of the two halves together, at least 4.
    seed : int

    Returns
    -------
    float
        Mean adjusted Rand index: 1 is perfect, 0 what chance gives; NaN with fewer than four rows.

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Lange, T., Roth, V., Braun, M. L. and Buhmann, J. M. (2004). Stability-based validation of clustering
    solutions. Neural Computation 16(6). Tibshirani, R. and Walther, G. (2005). Cluster validation by
    prediction strength. Journal of Computational and Graphical Statistics 14(3).
    """
    X = check_matrix("X", X)
    check_integer("n_splits", n_splits, 1)
    check_integer("max_rows", max_rows, FEWEST_ROWS)
    if len(X) < FEWEST_ROWS:
        return float("nan")
    stream = np.random.RandomState(seed)
    agreement = np.zeros(n_splits)
    for i in range(n_splits):
        rows = stream.permutation(draw_rows(len(X), max_rows, draw_seed(stream)))
        half = len(rows) // 2
        one, other = X[np.sort(rows[:half])], X[np.sort(rows[half:])]
        first = fit_again(refit, one, draw_seed(stream))
        second = fit_again(refit, other, draw_seed(stream))
        if first is not None and second is not None:
            agreement[i] = adjusted_rand_score(second.predict(other), first.predict(other))
    return float(agreement.mean())
