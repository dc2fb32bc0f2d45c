"""HDBSCAN behind the interface of `PrototypeSegmenter`."""

from typing import Any, Self

import numpy as np
from sklearn.cluster import HDBSCAN

from strate.checks import check_integer, check_matrix
from strate.clustering.dbscan_segmenter import k_distances
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.sampling import draw_rows
from strate.threads import one_thread

MOST_ROWS = 5_000
MARGIN_SHARE = 0.95  # of the rows lie at least as near to others as noise begins beyond a cluster


class HDBSCANSegmenter(PrototypeSegmenter):
    """Clusters that last over the widest range of densities; rows that are in none are noise.

    The fit is scikit-learn's, on at most 5,000 rows.

    Parameters
    ----------
    min_cluster_size : int
        Fewest rows of a cluster in the sample, at least 2; more than there are rows counts as all of them.
    min_points : int
        Rows, itself among them, whose distance says how dense it is around a row; at least 1.
    seed : int
        Of the draw, 0 to 2^32 - 1.
    max_prototypes : int
        See `distil`.

    References
    ----------
    Campello, R. J. G. B., Moulavi, D. and Sander, J. (2013). Density-based clustering based on hierarchical
    density estimates. PAKDD.
    """

    def __init__(
        self, min_cluster_size: int = 50, *, min_points: int = 10, seed: int = 7, max_prototypes: int = 256
    ) -> None:
        self.min_cluster_size = min_cluster_size
        self.min_points = min_points
        self.seed = seed
        self.max_prototypes = max_prototypes

    def fit(self, X: np.ndarray, y: Any = None, *, prepared: None = None) -> Self:
        """Learn the prototypes; see `PrototypeSegmenter.fit`."""
        X = check_matrix("X", X)
        rows = draw_rows(len(X), MOST_ROWS, check_integer("seed", self.seed, 0, 2**32 - 1))
        size = check_integer("min_cluster_size", self.min_cluster_size, 2) * len(rows) / len(X)
        min_points = min(check_integer("min_points", self.min_points, 1), len(rows))
        size, drawn = min(max(round(size), 2), len(rows)), X[rows]
        if len(rows) > 1 and np.ptp(drawn, axis=0).any():
            with one_thread():
                labels = HDBSCAN(size, min_samples=min_points, algorithm="kd_tree", copy=True).fit(drawn).labels_
        else:
            labels = np.zeros(len(rows), dtype="int64")  # equal rows are one cluster; scikit-learn says noise
        margin = float(np.quantile(k_distances(drawn, min_points), MARGIN_SHARE))
        return self._distil(X, rows, labels, None, margin=margin)
