"""The graph of nearest neighbours, and how cleanly a clustering cuts it."""

from dataclasses import dataclass

import numpy as np
from sklearn.neighbors import NearestNeighbors
from threadpoolctl import threadpool_limits

NOISE = 0
NEIGHBOURS = 10


@dataclass(frozen=True)
class NeighbourGraph:
    """Pairs of rows of which one at least is among the nearest neighbours of the other.

    Attributes
    ----------
    edges : numpy.ndarray of int, of shape (n_edges, 2)
        Each pair once, the smaller row first.
    n_rows : int
    """

    edges: np.ndarray
    n_rows: int

    @classmethod
    def of(cls, X: np.ndarray, n_neighbours: int = NEIGHBOURS) -> "NeighbourGraph":
        """Return the graph of the rows of `X`; with few rows each has all others as neighbours."""
        n_neighbours = min(n_neighbours, len(X) - 1)
        if n_neighbours < 1:
            return cls(np.empty((0, 2), dtype="int64"), len(X))
        with threadpool_limits(limits=1):
            near = NearestNeighbors(n_neighbors=n_neighbours, algorithm="kd_tree").fit(X).kneighbors()[1]
        pairs = np.column_stack([np.repeat(np.arange(len(X)), n_neighbours), near.ravel()])
        pairs.sort(axis=1)
        codes = np.unique(pairs[:, 0] * len(X) + pairs[:, 1])
        return cls(np.column_stack([codes // len(X), codes % len(X)]), len(X))


def conductances(graph: NeighbourGraph, labels: np.ndarray) -> np.ndarray:
    """Return, for each cluster, the share of its rows' edges that leave it.

    0 for a cluster that is a piece of its own, whatever its shape; high for one cut out of a dense region,
    and for a few far rows, whose neighbours are elsewhere. Edges to noise leave the cluster.

    Parameters
    ----------
    graph : NeighbourGraph
    labels : numpy.ndarray of int, of shape (n_rows,)
        Cluster of each row, 0 for noise.

    Returns
    -------
    numpy.ndarray of shape (n_clusters,)
        In the order of the clusters' numbers, each from 0 to 1; noise is no cluster.

    References
    ----------
    Kannan, R., Vempala, S. and Vetta, A. (2004). On clusterings: good, bad and spectral. Journal of the ACM 51(3).
    """
    clusters, codes = np.unique(labels, return_inverse=True)
    ends = codes[graph.edges]
    volumes = np.bincount(ends.ravel(), minlength=len(clusters))
    leaving = np.bincount(ends[ends[:, 0] != ends[:, 1]].ravel(), minlength=len(clusters))
    shares = np.where(volumes > 0, leaving / np.maximum(volumes, 1), 0.0)
    return shares[clusters != NOISE]
