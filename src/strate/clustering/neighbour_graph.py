"""The graph of nearest neighbours, and how cleanly a clustering cuts it: a measure for clusters of any shape."""

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components
from scipy.sparse.linalg import ArpackNoConvergence, eigsh
from sklearn.neighbors import NearestNeighbors

from strate.threads import one_thread

NOISE = 0
NEIGHBOURS = 10
LEAST_ROWS = 4  # fewer rows cannot be cut in two halves of two
DENSE_UP_TO = 60  # rows for which all eigenvectors at once are quicker
MOST_ITERATIONS = 2_000
EIGENVECTOR_TOLERANCE = 1e-4


class NeighbourGraph:
    """Rows joined to their nearest neighbours, and the cuts that clusterings make through it.

    Two rows are joined if one at least is among the ten nearest of the other. A cluster of any shape is a
    region that is joined well within and badly to the rest, so K-means and density are measured alike.

    What was found for a cluster is kept, since many clusterings share clusters.

    Parameters
    ----------
    X : numpy.ndarray of shape (n_rows, n_components)
        Some thousand rows.
    least_size : int
        Rows below which a part of a cluster is not worth a cut.
    n_neighbours : int
        With fewer rows than that, each has all others as neighbours.
    """

    def __init__(self, X: np.ndarray, *, least_size: int = 1, n_neighbours: int = NEIGHBOURS) -> None:
        n_rows = len(X)
        n_neighbours = min(n_neighbours, n_rows - 1)
        self.least_size = least_size
        self.adjacency = sparse.csr_array((n_rows, n_rows))
        if n_neighbours > 0:
            with one_thread():
                near = NearestNeighbors(n_neighbors=n_neighbours, algorithm="kd_tree").fit(X).kneighbors()[1]
            ones = np.ones(near.size)
            rows = np.repeat(np.arange(n_rows), n_neighbours)
            one_way = sparse.coo_array((ones, (rows, near.ravel())), shape=(n_rows, n_rows)).tocsr()
            self.adjacency = one_way.maximum(one_way.T).tocsr()
        self.degrees = self.adjacency.sum(axis=1)
        self._inner_cuts: dict[bytes, float] = {}

    def conductances(self, labels: np.ndarray) -> np.ndarray:
        """Return, for each cluster, the share of edges cut to set it apart.

        The edges that leave it over all edge ends on its side or on the other, whichever has fewer. 0 for a
        cluster that is a piece of its own, whatever its shape; high for one cut out of a dense region, and
        for a few far rows, whose neighbours are elsewhere. Edges to noise leave the cluster.

        Parameters
        ----------
        labels : numpy.ndarray of int, of shape (n_rows,)
            Cluster of each row, 0 for noise.

        Returns
        -------
        numpy.ndarray of shape (n_clusters,)
            In the order of the clusters' numbers, each from 0 to 1; noise is no cluster.

        References
        ----------
        Kannan, R., Vempala, S. and Vetta, A. (2004). On clusterings: good, bad and spectral. Journal of the
        ACM 51(3).
        """
        clusters, codes = np.unique(labels, return_inverse=True)
        edges = self.adjacency.tocoo()
        leaving = np.bincount(codes[edges.row], weights=codes[edges.row] != codes[edges.col], minlength=len(clusters))
        volumes = np.bincount(codes, weights=self.degrees, minlength=len(clusters))
        smaller = np.minimum(volumes, volumes.sum() - volumes)
        shares = np.where(leaving > 0, leaving / np.maximum(smaller, 1), 0.0)
        return np.minimum(shares, 1.0)[clusters != NOISE]

    def contrasts(self, labels: np.ndarray) -> np.ndarray:
        """Return, for each cluster, how much easier it is to set apart than to cut in two.

        With `outer` the conductance of the cluster and `inner` that of the best cut through it, found by a
        sweep over its second eigenvector: (inner - outer) / max(inner, outer). So it is built as a
        silhouette is, asks no cluster to be round, and speaks against too few clusters as it does against
        too many: about 0 where a cloud without gaps is cut up, in however many pieces.

        Parameters
        ----------
        labels : numpy.ndarray of int, of shape (n_rows,)
            Cluster of each row, 0 for noise.

        Returns
        -------
        numpy.ndarray of shape (n_clusters,)
            In the order of the clusters' numbers, each from -1 to 1; 0 for a cluster of fewer than four rows.

        References
        ----------
        Kannan, Vempala and Vetta (2004), as above, judge a clustering by these two figures. Shi, J. and
        Malik, J. (2000). Normalized cuts and image segmentation. IEEE Transactions on Pattern Analysis and
        Machine Intelligence 22(8), for the sweep.
        """
        outer = self.conductances(labels)
        inner = np.array([self._inner_cut(np.flatnonzero(labels == c)) for c in np.unique(labels) if c != NOISE])
        larger = np.maximum(inner, outer)
        is_defined = ~np.isnan(inner) & (larger > 0)
        return np.where(is_defined, (inner - outer) / np.where(is_defined, larger, 1.0), 0.0)

    def _inner_cut(self, rows: np.ndarray) -> float:
        """Return the least conductance of a cut through the rows, within their own graph; NaN for very few."""
        if len(rows) < LEAST_ROWS:
            return float("nan")
        key = rows.tobytes()
        if key not in self._inner_cuts:
            least = min(max(self.least_size, 1), len(rows) // LEAST_ROWS)
            self._inner_cuts[key] = _best_cut(self.adjacency[rows][:, rows], max(least, 1))
        return self._inner_cuts[key]


def _best_cut(adjacency: sparse.csr_array, least: int) -> float:
    """Return the least conductance over the cuts of a sweep that leave `least` rows on either side."""
    pieces = connected_components(adjacency, directed=False)[1]
    sizes = np.bincount(pieces)
    if len(pieces) - sizes.max() >= least:
        return 0.0
    if len(sizes) > 1:
        kept = pieces == sizes.argmax()
        adjacency = adjacency[kept][:, kept]
    degrees = adjacency.sum(axis=1)
    order = np.argsort(_second_eigenvector(adjacency, degrees), kind="stable")
    places = np.empty(len(order), dtype="int64")
    places[order] = np.arange(len(order))
    edges = sparse.triu(adjacency).tocoo()
    ends = np.sort(np.column_stack([places[edges.row], places[edges.col]]), axis=1)
    # An edge is cut by every cut from its first end on until before its last.
    opened = np.bincount(ends[:, 0], minlength=len(order)) - np.bincount(ends[:, 1], minlength=len(order))
    volumes = np.cumsum(degrees[order])
    shares = np.cumsum(opened)[:-1] / np.minimum(volumes, volumes[-1] - volumes)[:-1]
    return float(shares[least - 1 : len(order) - least].min(initial=1.0))


def _second_eigenvector(adjacency: sparse.csr_array, degrees: np.ndarray) -> np.ndarray:
    """Return a place on a line for each row such that joined rows lie close together."""
    scale = 1 / np.sqrt(degrees)
    walk = sparse.diags_array(scale) @ adjacency @ sparse.diags_array(scale)
    with one_thread():
        if len(degrees) <= DENSE_UP_TO:
            vectors = np.linalg.eigh(walk.toarray())[1]
            return vectors[:, -2] * scale
        start = np.random.RandomState(0).uniform(size=len(degrees))
        try:
            values, vectors = eigsh(walk, k=2, which="LA", v0=start, tol=EIGENVECTOR_TOLERANCE, maxiter=MOST_ITERATIONS)
        except ArpackNoConvergence:  # a long chain: its rows in order of their steps from one end serve as well
            return _steps_from_an_end(adjacency)
    return vectors[:, values.argmin()] * scale


def _steps_from_an_end(adjacency: sparse.csr_array) -> np.ndarray:
    """Return each row's number of edges from a row as far off as any."""
    steps = sparse.csgraph.shortest_path(adjacency, unweighted=True, indices=0)
    return sparse.csgraph.shortest_path(adjacency, unweighted=True, indices=int(steps.argmax()))
