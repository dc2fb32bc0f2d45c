"""Empty space between clusters, whatever their shape: what centroids cannot see."""

import numpy as np
from scipy.spatial.distance import cdist

from strate.clustering.sampling import draw_rows

FEWEST_ROWS = 10
STEP_PERCENTILE = 95


class Neighbourhood:
    """Distance of each row of a sample to the nearest row of every cluster; follows merges.

    Rows that are equal count once, because on whole numbers the nearest row is usually an equal one, and
    any step would look like empty space beside that.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
    labels : numpy.ndarray of int, of shape (n_rows,)
        Clusters from 1; noise (0) is left out.
    max_rows : int
        Most rows looked at: time and memory go with the square.
    seed : int
        Of the draw.
    """

    def __init__(self, values: np.ndarray, labels: np.ndarray, *, max_rows: int, seed: int) -> None:
        in_clusters = np.flatnonzero(labels > 0)
        rows = in_clusters[draw_rows(len(in_clusters), max_rows, seed)]
        rows = rows[np.sort(np.unique(values[rows], axis=0, return_index=True)[1])]
        self._labels = labels[rows]
        distances = cdist(values[rows], values[rows])
        np.fill_diagonal(distances, np.inf)
        self._nearest = {
            int(cluster): distances[:, self._labels == cluster].min(axis=1) for cluster in np.unique(self._labels)
        }

    def detachment(self, cluster: int, other: int) -> float:
        """Return the least distance between two clusters in steps: how far neighbours within a cluster lie apart.

        A step is the 95th percentile of the distance to the nearest row of the own cluster, in the sparser
        of the two.

        Returns
        -------
        float
            NaN where either cluster has fewer than 10 different rows in the sample.
        """
        members, others = self._labels == cluster, self._labels == other
        if min(members.sum(), others.sum()) < FEWEST_ROWS:
            return float("nan")
        step = max(
            np.percentile(self._nearest[cluster][members], STEP_PERCENTILE),
            np.percentile(self._nearest[other][others], STEP_PERCENTILE),
        )
        return float(self._nearest[other][members].min() / step)

    def merge(self, absorbed: int, into: int) -> None:
        """Follow a merge of two clusters."""
        self._labels = np.where(self._labels == absorbed, into, self._labels)
        of_absorbed = self._nearest.pop(absorbed, np.inf)
        self._nearest[into] = np.minimum(self._nearest.get(into, np.inf), of_absorbed)
