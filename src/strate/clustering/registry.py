"""The algorithms that a user may name."""

from strate.clustering.kmeans_segmenter import KMeansSegmenter
from strate.clustering.prototype_segmenter import PrototypeSegmenter

ALGORITHMS: dict[str, type[PrototypeSegmenter]] = {"kmeans": KMeansSegmenter}
"""Class of each algorithm by its name, the legal values of every `algorithm` argument.

A class takes `n_clusters`, `n_starts` and `seed`, and ends in labelled prototypes.
"""
