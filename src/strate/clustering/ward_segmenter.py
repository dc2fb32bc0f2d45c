"""Ward's hierarchical clustering behind the interface of `PrototypeSegmenter`."""

from strate.clustering.linkage_segmenter import LinkageSegmenter


class WardSegmenter(LinkageSegmenter):
    """Hierarchical clustering that merges whatever adds least to the variance within: round, even clusters.

    See `LinkageSegmenter` for arguments and attributes.

    References
    ----------
    Ward, J. H. (1963). Hierarchical grouping to optimize an objective function. Journal of the American
    Statistical Association 58.
    """

    method = "ward"
