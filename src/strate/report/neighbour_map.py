"""A map of neighbours, by t-SNE or UMAP: an extra, as it takes many times longer than principal components."""

from collections.abc import Mapping

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from strate.clustering import ClusteringPredictor
from strate.report.projection import Projection, rounded_rows

METHODS = {"tsne": "t-SNE", "umap": "UMAP"}
MAPPED_CUSTOMERS = 2_000
LEAST_CUSTOMERS = 10
NEIGHBOURS = 30
SEED = 7


def draw_map(
    clustering: ClusteringPredictor, frame: pd.DataFrame, keys: Mapping[int, str], method: str
) -> Projection | None:
    """Lay customers out so that those who are alike lie near each other.

    Parameters
    ----------
    clustering : ClusteringPredictor
        With prototypes.
    frame : pandas.DataFrame
        Columns `segment_key` and the features in use, one row per customer; the first 2,000 are drawn.
    keys : mapping of int to str
        Segment key of each cluster.
    method : {'tsne', 'umap'}

    Returns
    -------
    Projection or None
        Without axes; a cluster's centre is where its most typical customer is, the one nearest to a prototype. None for
        fewer than ten customers.

    Raises
    ------
    RuntimeError
        If the library of the method is not installed.

    References
    ----------
    van der Maaten & Hinton (2008). Visualizing data using t-SNE. Journal of Machine Learning Research 9.
    McInnes, Healy & Melville (2018). UMAP: uniform manifold approximation and projection. arXiv:1802.03426.
    """
    frame = frame.head(MAPPED_CUSTOMERS).reset_index(drop=True)
    if len(frame) < LEAST_CUSTOMERS:
        return None
    X = clustering.transformer.transform(frame)
    with threadpool_limits(limits=1):
        places = _tsne(X) if method == "tsne" else _umap(X)
    centres = {}
    for cluster, key in sorted(keys.items()):
        members = np.flatnonzero(frame["segment_key"] == key)
        if len(members):
            own = clustering.segmenter.prototypes_[clustering.segmenter.prototype_labels_ == cluster]
            apart = np.linalg.norm(X[members][:, None] - own, axis=2).min(axis=1)
            centres[key] = places[members[apart.argmin()]]
    return Projection(
        axes=[],
        points=rounded_rows(frame["segment_key"], places),
        centres=rounded_rows(list(centres), np.array(list(centres.values())).reshape(-1, 2)),
        feature_count=len(clustering.transformer.features_),
    )


def _tsne(X: np.ndarray) -> np.ndarray:
    """Return two coordinates for each row."""
    from sklearn.manifold import TSNE

    perplexity = min(NEIGHBOURS, (len(X) - 1) / 3)
    start = "pca" if X.shape[1] > 1 else "random"
    return TSNE(perplexity=perplexity, init=start, random_state=SEED, n_jobs=1).fit_transform(X)


def _umap(X: np.ndarray) -> np.ndarray:
    """Return two coordinates for each row."""
    try:
        from umap import UMAP
    except ImportError as error:
        raise RuntimeError("--map umap needs the library umap-learn: pip install 'strate[umap]'.") from error
    neighbours = min(NEIGHBOURS, len(X) - 1)
    return UMAP(n_neighbors=neighbours, init="random", random_state=SEED, n_jobs=1).fit_transform(X)
