"""Average linkage behind the interface of `PrototypeSegmenter`."""

from strate.clustering.linkage_segmenter import LinkageSegmenter


class AverageLinkageSegmenter(LinkageSegmenter):
    """Hierarchical clustering that merges the clusters whose rows are nearest on average.

    Clusters may differ in size and spread, and far rows tend to stay alone.
    See `LinkageSegmenter` for arguments and attributes.

    References
    ----------
    Sokal, R. R. and Michener, C. D. (1958). A statistical method for evaluating systematic relationships.
    University of Kansas Science Bulletin 38.
    """

    method = "average"
