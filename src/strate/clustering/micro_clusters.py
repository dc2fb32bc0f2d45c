"""Many small groups of rows, so that an algorithm of quadratic time sees them in place of everybody."""

import warnings
from dataclasses import dataclass

import numpy as np
from sklearn.cluster import KMeans
from sklearn.exceptions import ConvergenceWarning

from strate.clustering.distances import nearest_prototypes
from strate.clustering.sampling import draw_rows
from strate.threads import one_thread

MOST_ROWS = 20_000
ROUNDS = 5  # the groups need be small, not optimal


@dataclass(frozen=True)
class MicroClusters:
    """Groups of rows.

    Attributes
    ----------
    centers : numpy.ndarray of shape (n_groups, n_components)
    sizes : numpy.ndarray of float, of shape (n_groups,)
        Rows in each.
    members : numpy.ndarray of int, of shape (n_rows,)
        Group of each row, from 0.
    """

    centers: np.ndarray
    sizes: np.ndarray
    members: np.ndarray


def micro_clusters(X: np.ndarray, most: int, seed: int) -> MicroClusters:
    """Group rows into at most `most` small groups: equal rows, or those nearest to a center of K-means.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    most : int
    seed : int
        Of the centers and of the draw of at most 20,000 rows that place them.

    Returns
    -------
    MicroClusters
    """
    distinct, members = np.unique(X, axis=0, return_inverse=True)
    members = members.reshape(-1)
    if len(distinct) > most:
        placing = X[draw_rows(len(X), MOST_ROWS, seed)]
        kmeans = KMeans(most, init="random", n_init=1, max_iter=ROUNDS, random_state=seed)
        with one_thread(), warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            distinct = kmeans.fit(placing).cluster_centers_
        members = nearest_prototypes(X, distinct)[0]
        used, members = np.unique(members, return_inverse=True)
        distinct = distinct[used]
    return MicroClusters(distinct, np.bincount(members).astype("float64"), members)
