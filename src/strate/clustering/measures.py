"""All measures of a clustering on one sample, on rows that are drawn once for all clusterings."""

from functools import cached_property

import numpy as np

from strate.clustering.density_validity import density_validities
from strate.clustering.metrics import calinski_harabasz, davies_bouldin, silhouette_scores
from strate.clustering.neighbour_graph import NEIGHBOURS, NeighbourGraph
from strate.clustering.prototype_segmenter import NOISE
from strate.clustering.sampling import draw_rows

GRAPH_ROWS = 3_000
SILHOUETTE_ROWS = 2_000
DENSITY_ROWS = 1_500
MOST_NEIGHBOURS = 100
WORST = -1.0


class Measures:
    """Measures clusterings of one sample.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
    least_size : int
        Rows asked of the smallest cluster.
    seed : int
        Of the draws: 3,000 rows for the graph of neighbours, 2,000 for silhouettes, 1,500 for DBCV.
    """

    def __init__(self, X: np.ndarray, *, least_size: int, seed: int) -> None:
        self.X = X
        self.least_size = least_size
        self.seed = seed

    def quality(self, labels: np.ndarray, shape: str) -> float:
        """Return what a search maximises: silhouette for round clusters, else cut contrast; -1 if undefined."""
        value = self.silhouette(labels) if shape == "round" else self.cuts(labels)["cut_contrast"]
        return WORST if np.isnan(value) else value

    def silhouette(self, labels: np.ndarray) -> float:
        """Return the mean silhouette of the rows drawn, noise left out."""
        rows = self._silhouette_rows
        return silhouette_scores(self.X[rows], [labels[rows]], noise=NOISE)[0]

    def cuts(self, labels: np.ndarray) -> dict[str, float]:
        """Return mean conductance and mean cut contrast over the clusters; NaN with fewer than two."""
        rows, graph = self._graph
        drawn = labels[rows]
        if len(np.unique(drawn[drawn != NOISE])) < 2:
            return {"conductance": np.nan, "cut_contrast": np.nan}
        return {
            "conductance": float(graph.conductances(drawn).mean()),
            "cut_contrast": float(graph.contrasts(drawn).mean()),
        }

    def density_validity(self, labels: np.ndarray) -> float:
        """Return DBCV of the rows drawn."""
        rows = draw_rows(len(self.X), DENSITY_ROWS, self.seed)
        return density_validities(self.X[rows], [labels[rows]])[0]

    def of_all_rows(self, labels: np.ndarray) -> dict[str, float]:
        """Return the measures that are quick enough for every row, noise left out."""
        is_member = labels != NOISE
        X, labels = self.X[is_member], labels[is_member]
        if not len(X):
            return {"davies_bouldin": np.nan, "calinski_harabasz": np.nan}
        return {"davies_bouldin": davies_bouldin(X, labels), "calinski_harabasz": calinski_harabasz(X, labels)}

    @cached_property
    def _silhouette_rows(self) -> np.ndarray:
        return draw_rows(len(self.X), SILHOUETTE_ROWS, self.seed)

    @cached_property
    def _graph(self) -> tuple[np.ndarray, NeighbourGraph]:
        rows = draw_rows(len(self.X), GRAPH_ROWS, self.seed)
        least = max(1, int(self.least_size * len(rows) / len(self.X)))
        # Customers' features are counts, whose steps look like gaps to ten neighbours. As many as the smallest cluster
        # asked for see over every gap that could not set apart a cluster anyhow.
        n_neighbours = min(max(least, NEIGHBOURS), MOST_NEIGHBOURS)
        return rows, NeighbourGraph(self.X[rows], least_size=least, n_neighbours=n_neighbours)
