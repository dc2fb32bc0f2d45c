"""What the hierarchical algorithms have in common: a tree of merges over micro-clusters, cut."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from strate.checks import check_integer, check_matrix, check_number
from strate.clustering.merge_tree import cut_tree, linkage_tree, top_of_tree
from strate.clustering.micro_clusters import MicroClusters, micro_clusters
from strate.clustering.prototype_segmenter import PrototypeSegmenter

MOST_GROUPS = 1_500
MOST_MERGES_KEPT = 60


@dataclass(frozen=True)
class Linkage:
    """Micro-clusters, and the tree of merges over them as `linkage_tree` returns it."""

    groups: MicroClusters
    tree: np.ndarray


class LinkageSegmenter(PrototypeSegmenter):
    """Hierarchical clustering of at most 1,500 micro-clusters, each weighing as much as it has rows.

    Up to 1,500 distinct rows that is the clustering of the rows themselves. Time and memory grow with the
    square of the micro-clusters, not of the rows.

    Parameters
    ----------
    n_clusters : int or None
        Number of clusters at which merging stops.
    distance_threshold : float or None
        Height above which nothing is merged; exactly one of the two is given.
    seed : int
        0 to 2^32 - 1.
    max_prototypes : int
        See `distil`.

    Attributes
    ----------
    merge_tree_ : numpy.ndarray of shape (n_merges, 4)
        The last merges, 60 at most, for a dendrogram: SciPy's form with weights as sizes.
    facts_ : dict
        `distance_threshold`: a height at which this cut is made, half-way between two merges;
        `micro_clusters`: their number.
    """

    method: ClassVar[str]

    def __init__(
        self,
        n_clusters: int | None = 5,
        *,
        distance_threshold: float | None = None,
        seed: int = 7,
        max_prototypes: int = 256,
    ) -> None:
        self.n_clusters = n_clusters
        self.distance_threshold = distance_threshold
        self.seed = seed
        self.max_prototypes = max_prototypes

    @classmethod
    def prepare(cls, X: np.ndarray, seed: int) -> Linkage:
        """Return micro-clusters of the rows and their tree, which every cut shares."""
        groups = micro_clusters(X, MOST_GROUPS, seed)
        return Linkage(groups, linkage_tree(groups.centers, groups.sizes, cls.method))

    @staticmethod
    def n_clusters_at(linkage: Linkage, distance_threshold: float) -> int:
        """Return how many clusters are left where nothing is merged above a height."""
        return len(linkage.groups.centers) - int(np.searchsorted(linkage.tree[:, 2], distance_threshold, side="right"))

    def fit(self, X: np.ndarray, y: Any = None, *, prepared: Linkage | None = None) -> Self:
        """Learn the prototypes; see `PrototypeSegmenter.fit`."""
        X = check_matrix("X", X)
        seed = check_integer("seed", self.seed, 0, 2**32 - 1)
        if (self.n_clusters is None) == (self.distance_threshold is None):
            raise ValueError(
                "either n_clusters or distance_threshold must be given, and the other None; "
                f"got {self.n_clusters!r} and {self.distance_threshold!r}."
            )
        if self.n_clusters is not None:
            check_integer("n_clusters", self.n_clusters, 1, len(X))
        else:
            check_number("distance_threshold", self.distance_threshold, 0, np.inf)
        linkage = prepared or self.prepare(X, seed)
        tree, n_groups = linkage.tree, len(linkage.groups.centers)
        n_clusters = self.n_clusters or self.n_clusters_at(linkage, self.distance_threshold)
        n_merges = max(n_groups - n_clusters, 0)
        heights = np.concatenate([[0.0], tree[:, 2]])
        self.facts_ = {
            "distance_threshold": float(heights[n_merges : n_merges + 2].mean()),
            "micro_clusters": float(n_groups),
        }
        self.merge_tree_ = top_of_tree(tree, n_groups, MOST_MERGES_KEPT)
        labels = cut_tree(tree, n_groups, n_merges)[linkage.groups.members]
        return self._distil(X, np.arange(len(X)), labels, self.n_clusters)
