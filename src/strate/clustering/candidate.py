"""One clustering that was tried, and what is known of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from strate.clustering.prototype_segmenter import PrototypeSegmenter

STATES = ("complete", "pruned", "failed")


@dataclass(frozen=True)
class Candidate:
    """One trial of one algorithm.

    Measures are NaN where they are undefined or were not taken. All are of what the prototypes say of the
    sample, since that is what every customer gets; rows in noise are left out of the first three.

    Attributes
    ----------
    k : int
        Number of clusters asked for, or found by an algorithm that is not asked.
    silhouette, davies_bouldin, calinski_harabasz : float
        See `metrics`.
    inertia : float
        Sum of squared distances to the nearest prototypes.
    smallest_cluster_size : int
        Rows of the sample in the smallest cluster; 0 if fewer clusters were found than asked for.
    candidate_id : str
        Algorithm and parameters, such as `genie_3_0.3`; unique in a search.
    algorithm : str
        Key of `ALGORITHMS`.
    parameters : mapping
        What was tried, by name.
    state : {'complete', 'pruned', 'failed'}
    detail : str or None
        Why it was pruned or failed.
    outcome : str or None
        See `PrototypeSegmenter`.
    noise_share : float
        Rows in no cluster.
    agreement : float
        How far the prototypes repeat the algorithm's own labels.
    n_prototypes : int
    density_validity : float
        DBCV; only for algorithms that look for density.
    conductance : float
        Mean over clusters of `NeighbourGraph.conductances`.
    cut_contrast : float
        Mean over clusters of `NeighbourGraph.contrasts`.
    stability, stability_low, null_p_value, generalisation : float
        Evidence, for the finalists alone: see `bootstrap_stability`, `null_model` and `generalisation`.
    seconds : float
        Of fit and measures.
    segmenter : PrototypeSegmenter or None
        Fitted; None unless complete.
    """

    k: int
    silhouette: float = float("nan")
    inertia: float = float("nan")
    smallest_cluster_size: int = 0
    candidate_id: str = ""
    algorithm: str = "kmeans"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    state: str = "complete"
    detail: str | None = None
    outcome: str | None = None
    noise_share: float = 0.0
    agreement: float = 1.0
    n_prototypes: int = 0
    davies_bouldin: float = float("nan")
    calinski_harabasz: float = float("nan")
    density_validity: float = float("nan")
    conductance: float = float("nan")
    cut_contrast: float = float("nan")
    stability: float = float("nan")
    stability_low: float = float("nan")
    null_p_value: float = float("nan")
    generalisation: float = float("nan")
    seconds: float = float("nan")
    segmenter: PrototypeSegmenter | None = field(default=None, repr=False, compare=False)

    def is_eligible(self, least_size: int) -> bool:
        """Tell whether every cluster has at least `least_size` rows of the sample, and at least one."""
        return self.smallest_cluster_size >= max(least_size, 1)

    @property
    def labels(self) -> np.ndarray:
        """Cluster of each row of the sample, 0 for noise."""
        return self.segmenter.labels_
