"""What stability, null model and generalisation share: drawing seeds, and fitting again."""

from collections.abc import Callable

import numpy as np

from strate.clustering.prototype_segmenter import PrototypeSegmenter

Refit = Callable[[np.ndarray, int], PrototypeSegmenter]
"""Takes components of shape (n_rows, n_components) and a seed, returns a fitted segmenter.

Whatever counts rows (a least cluster size, a number of neighbours) it must scale to the rows it gets.
"""

LARGEST_SEED = 2**31 - 1


def draw_seed(stream: np.random.RandomState) -> int:
    """Draw a seed for one fit or one draw of rows."""
    return int(stream.randint(LARGEST_SEED))


def fit_again(refit: Refit, X: np.ndarray, seed: int) -> PrototypeSegmenter | None:
    """Fit, and return None where the fit fails or finds fewer than two clusters in `X`.

    Failing means a ValueError or an arithmetic error, which is how estimators refuse data (more clusters
    than rows, a covariance that is singular). Any other exception is a mistake and passes through.

    Parameters
    ----------
    refit : callable
        See `Refit`.
    X : numpy.ndarray of shape (n_rows, n_components)
    seed : int

    Returns
    -------
    PrototypeSegmenter or None
    """
    try:
        segmenter = refit(X, seed)
    except (ValueError, ArithmeticError):
        return None
    return segmenter if count_clusters(segmenter.labels_) >= 2 else None


def count_clusters(labels: np.ndarray) -> int:
    """Return the number of different clusters; noise (0) is none."""
    return len(np.unique(labels[labels > 0]))
