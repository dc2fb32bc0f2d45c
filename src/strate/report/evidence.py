"""What the report tells of the clusterings that were tried, and of what speaks for the chosen one."""

from collections.abc import Collection
from dataclasses import dataclass, field

import duckdb

COLUMNS = (
    *("outcome", "reason", "confidence", "confidence_reason", "candidate_id", "algorithm", "cluster_count"),
    *("cut_contrast", "silhouette", "davies_bouldin", "stability", "stability_low", "null_p_value", "noise_share"),
    *("smallest_cluster_size", "state", "is_chosen"),
)
"""Columns of `clustering_candidates` that are read; one that an older version did not have is unknown."""


@dataclass(frozen=True)
class Candidate:
    """A clustering that was tried; a figure is None where it is undefined or was not taken."""

    candidate_id: str
    algorithm: str
    cluster_count: int | None
    cut_contrast: float | None
    silhouette: float | None
    davies_bouldin: float | None
    stability: float | None
    stability_low: float | None
    null_p_value: float | None
    noise_share: float | None
    smallest_cluster_size: int | None
    state: str | None
    is_chosen: bool


@dataclass(frozen=True)
class Merge:
    """One step of a hierarchical clustering: two nodes become one at a height.

    Leaves have the numbers from 0, and the first merge makes the node whose number is that of the leaves.
    """

    left: int
    right: int
    height: float
    size: float


@dataclass(frozen=True)
class Dendrogram:
    """The last merges of the best hierarchical candidate, lowest first, and its number of clusters."""

    algorithm: str
    cluster_count: int
    merges: list[Merge]


@dataclass(frozen=True)
class NeighbourDistances:
    """Distances to the neighbour that DBSCAN asks for, ascending, of customers spread evenly over the sample.

    `epsilon` is the distance within which the best candidate looks for neighbours.
    """

    distances: list[float]
    epsilon: float | None


@dataclass
class Evidence:
    """The clusterings that were tried.

    Attributes
    ----------
    outcome, reason : str or None
        How the fit ended, and why the choice is what it is.
    confidence, confidence_reason : str or None
        How far the choice can be trusted, and what speaks against it.
    recoveries : list of (str, float)
        Segment key of each cluster and the share of resamples in which it comes back.
    dendrogram : Dendrogram or None
        None where no hierarchical algorithm was tried.
    neighbour_distances : NeighbourDistances or None
        None where DBSCAN was not tried.
    """

    candidates: list[Candidate] = field(default_factory=list)
    outcome: str | None = None
    reason: str | None = None
    confidence: str | None = None
    confidence_reason: str | None = None
    recoveries: list[tuple[str, float]] = field(default_factory=list)
    dendrogram: Dendrogram | None = None
    neighbour_distances: NeighbourDistances | None = None

    @property
    def chosen(self) -> Candidate | None:
        """The candidate that makes the clusters."""
        return next((one for one in self.candidates if one.is_chosen), None)


def read_evidence(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> Evidence:
    """Read the candidates and the evidence; a table that is not there leaves its part out."""
    there = {name for name, *_ in connection.execute("describe clustering_candidates").fetchall()}
    columns = ", ".join(name if name in there else f"null as {name}" for name in COLUMNS)
    rows = connection.execute(
        f"select {columns} from clustering_candidates order by cluster_count, algorithm, candidate_id"
    ).fetchall()
    if not rows:
        return Evidence()
    found = Evidence([Candidate(*row[4:]) for row in rows if row[6] is not None], *rows[0][:4])
    if "cluster_evidence" in tables:
        found.recoveries = connection.execute(
            """
            select segment_key, recovery_share from cluster_evidence
            where recovery_share is not null
            order by segment_key
            """
        ).fetchall()
    if "clustering_fit" in tables:
        found.dendrogram = _read_dendrogram(connection)
        found.neighbour_distances = _read_neighbour_distances(connection)
    return found


def _read_dendrogram(connection: duckdb.DuckDBPyConnection) -> Dendrogram | None:
    """Return the tree of merges, if the fit left one."""
    rows = connection.execute(
        """
        select
            max(tree.algorithm), max(candidates.k),
            max(tree.value) filter (tree.name = 'left')::integer, max(tree.value) filter (tree.name = 'right')::integer,
            max(tree.value) filter (tree.name = 'height'), max(tree.value) filter (tree.name = 'size')
        from clustering_fit as tree
        inner join (select distinct candidate_id, k from clustering_fit where record_type = 'candidate') as candidates
            on tree.candidate_id = candidates.candidate_id
        where tree.record_type = 'merge_tree'
        group by tree.prototype_id
        order by tree.prototype_id
        """
    ).fetchall()
    return Dendrogram(*rows[0][:2], [Merge(*row[2:]) for row in rows]) if rows else None


def _read_neighbour_distances(connection: duckdb.DuckDBPyConnection) -> NeighbourDistances | None:
    """Return the curve of distances and the epsilon of its candidate, if the fit left them."""
    rows = connection.execute(
        """
        select distances.value, epsilons.value
        from clustering_fit as distances
        left join clustering_fit as epsilons
            on
                distances.candidate_id = epsilons.candidate_id
                and epsilons.record_type = 'candidate'
                and epsilons.name = 'epsilon'
        where distances.record_type = 'k_distance' and distances.name = 'distance'
        order by distances.prototype_id
        """
    ).fetchall()
    return NeighbourDistances([distance for distance, _ in rows], rows[0][1]) if rows else None
