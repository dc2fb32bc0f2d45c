"""The algorithms that a user may name."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from strate.clustering.average_linkage_segmenter import AverageLinkageSegmenter
from strate.clustering.dbscan_segmenter import DBSCANSegmenter
from strate.clustering.gaussian_mixture_segmenter import COVARIANCES, GaussianMixtureSegmenter
from strate.clustering.genie_segmenter import GenieSegmenter
from strate.clustering.hdbscan_segmenter import HDBSCANSegmenter
from strate.clustering.kmeans_segmenter import KMeansSegmenter
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.ward_segmenter import WardSegmenter


@dataclass(frozen=True)
class Bounds:
    """What a search is bounded by.

    Attributes
    ----------
    min_clusters, max_clusters : int
        Numbers of clusters to try; no more than there are distinct rows.
    n_rows : int
        Rows of the sample.
    least_size : int
        Rows asked of the smallest cluster.
    distance_threshold : float
        Height above which Ward and average linkage merge nothing, which decides their number of clusters; 0 if
        that is searched.
    """

    min_clusters: int
    max_clusters: int
    n_rows: int
    least_size: int = 1
    distance_threshold: float = 0.0

    @property
    def ks(self) -> list[int]:
        """Numbers of clusters to try."""
        return list(range(self.min_clusters, self.max_clusters + 1))


@dataclass(frozen=True)
class Algorithm:
    """One algorithm.

    Attributes
    ----------
    segmenter : type of PrototypeSegmenter
    space : callable
        From `Bounds` to the values of each parameter that may be tried, in the order in which they stand in
        a candidate's name.
    simplicity : int
        Place in the order from the simplest on; of equals the simpler is chosen.
    shape : {'round', 'any'}
        What clusters it looks for. Round ones are judged by silhouette when parameters are chosen, others,
        whom silhouette would punish for what they are there for, by cut contrast.
    is_density : bool
        Whether it looks for density, and may find noise.
    row_counts : tuple of str
        Parameters that count rows of the sample, and shrink with it.
    """

    segmenter: type[PrototypeSegmenter]
    space: Callable[[Bounds], dict[str, list]]
    simplicity: int
    shape: str = "round"
    is_density: bool = False
    row_counts: tuple[str, ...] = ()

    def build(self, parameters: Mapping[str, Any], share: float = 1.0, **common: Any) -> PrototypeSegmenter:
        """Return the segmenter, not fitted.

        Parameters
        ----------
        parameters : mapping
            Values of the space.
        share : float
            Of the sample that it will be fitted on: what counts rows shrinks as much.
        **common
            Arguments such as `seed`; those that the segmenter does not have are left out.
        """
        counts = {name: max(2, round(parameters[name] * share)) for name in self.row_counts}
        known = self.segmenter().get_params()
        return self.segmenter(**{n: v for n, v in common.items() if n in known} | dict(parameters) | counts)


def _k_only(bounds: Bounds) -> dict[str, list]:
    return {"n_clusters": bounds.ks}


def _gaussian_mixture(bounds: Bounds) -> dict[str, list]:
    return {"n_clusters": bounds.ks, "covariance": list(COVARIANCES)}


def _genie(bounds: Bounds) -> dict[str, list]:
    return {"n_clusters": bounds.ks, "gini_threshold": [0.1, 0.3, 0.5, 0.7]}


def _dbscan(bounds: Bounds) -> dict[str, list]:
    return {"min_points": _points(bounds), "epsilon_factor": [0.5, 0.7, 1.0, 1.4]}


def _hdbscan(bounds: Bounds) -> dict[str, list]:
    least = max(bounds.least_size, 5)
    sizes = {max(least, round(bounds.n_rows * share)) for share in (0.01, 0.02, 0.05, 0.1)}
    return {"min_cluster_size": sorted(sizes), "min_points": _points(bounds)}


def _points(bounds: Bounds) -> list[int]:
    """Neighbourhood sizes: twice two dimensions as the authors advise, and smoother ones for many rows."""
    return [n for n in (4, 8, 16, 32) if n <= max(4, bounds.n_rows // 20)]


ALGORITHMS: dict[str, Algorithm] = {
    "kmeans": Algorithm(KMeansSegmenter, _k_only, 1),
    "ward": Algorithm(WardSegmenter, _k_only, 2),
    "gaussian_mixture": Algorithm(GaussianMixtureSegmenter, _gaussian_mixture, 3),
    "average_linkage": Algorithm(AverageLinkageSegmenter, _k_only, 4),
    "genie": Algorithm(GenieSegmenter, _genie, 5, shape="any"),
    "hdbscan": Algorithm(HDBSCANSegmenter, _hdbscan, 6, "any", True, ("min_cluster_size",)),
    "dbscan": Algorithm(DBSCANSegmenter, _dbscan, 7, "any", True),
}
"""Each algorithm by its name, the legal values of every `algorithm` argument."""
