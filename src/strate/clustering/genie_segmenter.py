"""Genie behind the interface of `PrototypeSegmenter`."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np

from strate.checks import check_integer, check_matrix, check_number
from strate.clustering.linkage_segmenter import MOST_MERGES_KEPT
from strate.clustering.merge_tree import cut_tree, top_of_tree, tree_of_merges
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.sampling import draw_rows
from strate.clustering.spanning_tree import euclidean_spanning_tree

MOST_ROWS = 8_000


@dataclass(frozen=True)
class SpanningTree:
    """A minimum spanning tree over a draw of distinct rows.

    Attributes
    ----------
    rows : numpy.ndarray of int
        Rows drawn.
    points : numpy.ndarray of int, of shape (len(rows),)
        Point of each row drawn; equal rows are one point.
    sizes : numpy.ndarray of shape (n_points,)
        Rows of each point.
    edges : numpy.ndarray of int, of shape (n_points - 1, 2)
        Shortest first.
    lengths : numpy.ndarray of shape (n_points - 1,)
    trees : dict of float to numpy.ndarray
        Merges by threshold, kept for cuts at other numbers of clusters.
    """

    rows: np.ndarray
    points: np.ndarray
    sizes: np.ndarray
    edges: np.ndarray
    lengths: np.ndarray
    trees: dict[float, np.ndarray] = field(default_factory=dict)


class GenieSegmenter(PrototypeSegmenter):
    """Genie: single linkage that may not leave clusters of too unequal size, for clusters of any shape.

    Clusters are merged along the shortest edge of the minimum spanning tree. While the Gini index of their
    sizes exceeds a threshold, only edges that touch a smallest cluster count. So it follows rings, spirals
    and bars as single linkage does, and does not end in one giant and many single rows.

    Written from the paper. On at most 8,000 rows, since the spanning tree takes quadratic time; equal rows
    are one point that weighs as much.

    Parameters
    ----------
    n_clusters : int
        At least 1 and at most the number of rows.
    gini_threshold : float
        0 to 1: 0 always merges a smallest cluster, 1 is single linkage. The paper advises 0.3.
    seed : int
        Of the draw, 0 to 2^32 - 1.
    max_prototypes : int
        See `distil`.

    Attributes
    ----------
    merge_tree_ : numpy.ndarray of shape (n_merges, 4)
        The last merges, 60 at most: two clusters, the greatest edge among all merges so far, rows.
    facts_ : dict
        `longest_edge`: the longest along which rows were merged.

    References
    ----------
    Gagolewski, M., Bartoszuk, M. and Cena, A. (2016). Genie: a new, fast, and outlier-resistant hierarchical
    clustering algorithm. Information Sciences 363.
    """

    def __init__(
        self, n_clusters: int = 5, *, gini_threshold: float = 0.3, seed: int = 7, max_prototypes: int = 256
    ) -> None:
        self.n_clusters = n_clusters
        self.gini_threshold = gini_threshold
        self.seed = seed
        self.max_prototypes = max_prototypes

    @classmethod
    def prepare(cls, X: np.ndarray, seed: int) -> SpanningTree:
        """Return the spanning tree, which every threshold and number of clusters shares."""
        rows = draw_rows(len(X), MOST_ROWS, seed)
        distinct, points = np.unique(X[rows], axis=0, return_inverse=True)
        points = points.reshape(-1)
        edges, lengths = euclidean_spanning_tree(distinct)
        return SpanningTree(rows, points, np.bincount(points).astype("float64"), edges, lengths)

    def fit(self, X: np.ndarray, y: Any = None, *, prepared: SpanningTree | None = None) -> Self:
        """Learn the prototypes; see `PrototypeSegmenter.fit`."""
        X = check_matrix("X", X)
        n_clusters = check_integer("n_clusters", self.n_clusters, 1, len(X))
        threshold = check_number("gini_threshold", self.gini_threshold, 0, 1)
        spanning = prepared or self.prepare(X, check_integer("seed", self.seed, 0, 2**32 - 1))
        if threshold not in spanning.trees:
            spanning.trees[threshold] = genie_tree(spanning.edges, spanning.lengths, spanning.sizes, threshold)
        tree, n_points = spanning.trees[threshold], len(spanning.sizes)
        n_merges = max(n_points - n_clusters, 0)
        labels = cut_tree(tree, n_points, n_merges)
        self.facts_ = {"longest_edge": float(tree[:n_merges, 2].max(initial=0.0))}
        rising = tree.copy()
        rising[:, 2] = np.maximum.accumulate(tree[:, 2])
        self.merge_tree_ = top_of_tree(rising, n_points, MOST_MERGES_KEPT)
        return self._distil(X, spanning.rows, labels[spanning.points], n_clusters)


def genie_tree(edges: np.ndarray, lengths: np.ndarray, sizes: np.ndarray, threshold: float) -> np.ndarray:
    """Return Genie's merges along the edges of a spanning tree, in their order.

    Parameters
    ----------
    edges : numpy.ndarray of int, of shape (n_points - 1, 2)
        Shortest first.
    lengths : numpy.ndarray of shape (n_points - 1,)
    sizes : numpy.ndarray of shape (n_points,)
        Weight of each point.
    threshold : float
        Gini index of the cluster sizes above which a smallest cluster is merged.

    Returns
    -------
    numpy.ndarray of shape (n_points - 1, 4)
        As `linkage_tree` returns it; the height is the length of the edge, so heights need not rise.
    """
    n_points = len(sizes)
    parents, weights = list(range(n_points)), sizes.astype("int64").tolist()

    def root(node: int) -> int:
        while parents[node] != node:
            parents[node] = parents[parents[node]]
            node = parents[node]
        return node

    counts = Counter(weights)
    apart = sum(_apart(counts, size) * n for size, n in counts.items()) / 2
    total, ends, is_used = sum(weights), edges.tolist(), [False] * len(edges)
    merges, shortest, shortest_of_smallest, smallest = [], 0, 0, 0
    for n_clusters in range(n_points, 1, -1):
        while is_used[shortest]:
            shortest += 1
        edge = shortest
        if apart > threshold * (n_clusters - 1) * total:
            if smallest != min(counts):
                smallest, shortest_of_smallest = min(counts), shortest
            # An edge passed over touches no smallest cluster, and will not as long as they have this size.
            edge = shortest_of_smallest
            while is_used[edge] or smallest not in (weights[root(ends[edge][0])], weights[root(ends[edge][1])]):
                edge += 1
            shortest_of_smallest = edge
        is_used[edge] = True
        one, other = root(ends[edge][0]), root(ends[edge][1])
        for size in (weights[one], weights[other]):
            counts[size] -= 1
            if not counts[size]:
                del counts[size]
            apart -= _apart(counts, size)
        parents[one] = other
        weights[other] += weights[one]
        apart += _apart(counts, weights[other])
        counts[weights[other]] += 1
        merges.append((*ends[edge], lengths[edge]))
    return tree_of_merges(np.array(merges).reshape(-1, 3), sizes)


def _apart(counts: Counter[int], size: int) -> int:
    """Return the sum of differences between a size and all others."""
    return sum(abs(size - other) * n for other, n in counts.items())
