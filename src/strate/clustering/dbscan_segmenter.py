"""DBSCAN behind the interface of `PrototypeSegmenter`."""

from typing import Any, Self

import numpy as np
from sklearn.cluster import DBSCAN
from sklearn.neighbors import NearestNeighbors

from strate.checks import check_integer, check_matrix, check_number
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.sampling import draw_rows
from strate.clustering.selection import elbow
from strate.threads import one_thread

MOST_ROWS = 8_000
POINTS_KEPT = 200


class DBSCANSegmenter(PrototypeSegmenter):
    """Clusters as regions at least so dense; rows outside are noise.

    Dense is a row with `min_points` rows, itself among them, within epsilon. Epsilon is where the curve of
    distances to the `min_points`-th row, sorted, bends most (farthest below its chord), times a factor.
    On at most 8,000 rows.

    Parameters
    ----------
    min_points : int
        At least 2; more than there are rows counts as all of them.
    epsilon_factor : float
        What the epsilon of the curve is multiplied by, over 0.
    seed : int
        Of the draw, 0 to 2^32 - 1.
    max_prototypes : int
        See `distil`.

    Attributes
    ----------
    k_distances_ : numpy.ndarray of shape (n_points,)
        The curve, ascending, at 200 places at most.
    facts_ : dict
        `epsilon`.

    References
    ----------
    Ester, M., Kriegel, H.-P., Sander, J. and Xu, X. (1996). A density-based algorithm for discovering
    clusters in large spatial databases with noise. KDD.
    """

    def __init__(
        self, min_points: int = 10, *, epsilon_factor: float = 1.0, seed: int = 7, max_prototypes: int = 256
    ) -> None:
        self.min_points = min_points
        self.epsilon_factor = epsilon_factor
        self.seed = seed
        self.max_prototypes = max_prototypes

    def fit(self, X: np.ndarray, y: Any = None, *, prepared: None = None) -> Self:
        """Learn the prototypes; see `PrototypeSegmenter.fit`."""
        X = check_matrix("X", X)
        min_points = min(check_integer("min_points", self.min_points, 2), len(X))
        factor = check_number("epsilon_factor", self.epsilon_factor, 1e-3, 1e3)
        rows = draw_rows(len(X), MOST_ROWS, check_integer("seed", self.seed, 0, 2**32 - 1))
        curve = k_distances(X[rows], min_points)
        # Without any distance between rows, or with duplicates up to the bend, any small one does.
        epsilon = factor * (knee(curve) or min(curve[curve > 0], default=1.0))
        # Equal rows go in once, with their number: neighbours of many equal rows would not fit in memory.
        distinct, points, sizes = np.unique(X[rows], axis=0, return_inverse=True, return_counts=True)
        with one_thread():
            dbscan = DBSCAN(eps=epsilon, min_samples=min_points, algorithm="kd_tree")
            labels = dbscan.fit(distinct, sample_weight=sizes).labels_[points.reshape(-1)]
        places = np.unique(np.linspace(0, len(curve) - 1, POINTS_KEPT).round().astype("int64"))
        self.k_distances_ = curve[places]
        self.facts_ = {"epsilon": float(epsilon)}
        return self._distil(X, rows, labels, None, margin=epsilon)


def k_distances(X: np.ndarray, k: int) -> np.ndarray:
    """Return each row's distance to its k-th nearest row, itself being the first, in ascending order."""
    k = min(k, len(X))
    with one_thread():
        distances = NearestNeighbors(n_neighbors=k, algorithm="kd_tree").fit(X).kneighbors(X)[0]
    return np.sort(distances[:, -1])


def knee(curve: np.ndarray) -> float:
    """Return the value at which an ascending curve lies farthest below its chord; its last value if it never does."""
    place = elbow(np.arange(len(curve)), curve[::-1])
    return float(curve[-1] if place is None else curve[::-1][place])
