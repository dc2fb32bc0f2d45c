"""Clustering: fit on a bounded sample, write parameter rows, let SQL assign everybody.

`fit_clustering` is the one call a dbt model makes. `load_clustering` reads its result back.
"""

from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.fit import fit_clustering
from strate.clustering.kmeans_segmenter import KMeansSegmenter
from strate.clustering.predictor import ClusteringPredictor, load_clustering
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.registry import ALGORITHMS

__all__ = [
    "ALGORITHMS",
    "ClusteringPredictor",
    "CustomerTransformer",
    "KMeansSegmenter",
    "PrototypeSegmenter",
    "fit_clustering",
    "load_clustering",
]
