"""A mixture of Gaussians behind the interface of `PrototypeSegmenter`."""

import warnings
from typing import Any, Self

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.mixture import GaussianMixture

from strate.checks import check_choice, check_integer, check_matrix
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.sampling import draw_rows
from strate.threads import one_thread

COVARIANCES = ("full", "diag")
MOST_ROWS = 20_000
LEAST_VARIANCE = 1e-6  # of components in units of about one standard deviation


class GaussianMixtureSegmenter(PrototypeSegmenter):
    """A Gaussian per cluster: ellipses of any size and, with full covariance, any direction.

    The fit is scikit-learn's, from K-means starts, on at most 20,000 rows and one thread. A row belongs to
    the most probable component.

    Parameters
    ----------
    n_clusters : int
        Number of components, at least 1 and at most the number of rows.
    covariance : {'full', 'diag'}
        Whether the ellipses may be tilted.
    n_fits : int
        Number of fits, each from its own K-means; the one of greatest likelihood is kept.
    seed : int
        0 to 2^32 - 1.
    max_iterations : int
        Most rounds of one start.
    max_prototypes : int
        See `distil`.

    References
    ----------
    Dempster, A. P., Laird, N. M. and Rubin, D. B. (1977). Maximum likelihood from incomplete data via the EM
    algorithm. Journal of the Royal Statistical Society B 39(1).
    """

    def __init__(
        self,
        n_clusters: int = 5,
        *,
        covariance: str = "full",
        n_fits: int = 3,
        seed: int = 7,
        max_iterations: int = 100,
        max_prototypes: int = 256,
    ) -> None:
        self.n_clusters = n_clusters
        self.covariance = covariance
        self.n_fits = n_fits
        self.seed = seed
        self.max_iterations = max_iterations
        self.max_prototypes = max_prototypes

    def fit(self, X: np.ndarray, y: Any = None, *, prepared: None = None) -> Self:
        """Learn the prototypes; see `PrototypeSegmenter.fit`."""
        X = check_matrix("X", X)
        n_clusters = check_integer("n_clusters", self.n_clusters, 1, len(X))
        mixture = GaussianMixture(
            n_components=n_clusters,
            covariance_type=check_choice("covariance", self.covariance, COVARIANCES),
            n_init=check_integer("n_fits", self.n_fits, 1),
            max_iter=check_integer("max_iterations", self.max_iterations, 1),
            random_state=check_integer("seed", self.seed, 0, 2**32 - 1),
            reg_covar=LEAST_VARIANCE,
        )
        if len(X) == 1:  # scikit-learn takes two or more
            return self._distil(X, np.arange(1), np.zeros(1, dtype="int64"), n_clusters)
        rows = draw_rows(len(X), MOST_ROWS, self.seed)
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            mixture.fit(X[rows])
            self.facts_ = {"bic": float(mixture.bic(X[rows]))}
            labels = mixture.predict(X)
        return self._distil(X, np.arange(len(X)), labels, n_clusters)
