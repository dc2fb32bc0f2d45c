"""The clusters in two dimensions: principal components of the space in which the clustering took its distances."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from strate.clustering import ClusteringPredictor

DECIMALS = 3
LEAST_WEIGHT = 0.4
"""Entry of a unit vector from which a feature is said to make an axis."""


@dataclass(frozen=True)
class Axis:
    """One axis: its share of the variance, and the features that grow and shrink along it."""

    share: float
    more: list[str]
    less: list[str]


@dataclass(frozen=True)
class Projection:
    """Customers and cluster centres in two dimensions.

    Attributes
    ----------
    axes : list of Axis
        Two, or one where the clustering uses one feature: then the second coordinate only spreads the points. None
        in a map of neighbours, whose axes have no meaning.
    points : list of (str, float, float)
        Segment key and coordinates of each customer of the sample; nothing says who it is.
    centres : list of (str, float, float)
        Segment key and coordinates of each prototype.
    feature_count : int
        Features that the clustering uses.
    """

    axes: list[Axis]
    points: list[tuple[str, float, float]]
    centres: list[tuple[str, float, float]]
    feature_count: int


def project(clustering: ClusteringPredictor, frame: pd.DataFrame, keys: Mapping[int, str]) -> Projection | str:
    """Project customers and prototypes on the first two principal components.

    Parameters
    ----------
    clustering : ClusteringPredictor
        With prototypes.
    frame : pandas.DataFrame
        Columns `segment_key` and the features in use, one row per customer.
    keys : mapping of int to str
        Segment key of each cluster.

    Returns
    -------
    Projection or str
        Text where there is no picture, with the reason.
    """
    transformer, segmenter = clustering.transformer, clustering.segmenter
    if segmenter is None or not len(frame):
        return "No customer is in a cluster."
    X = transformer.transform(frame)
    mean = X.mean(axis=0)
    centered = X - mean
    with threadpool_limits(limits=1):
        variances, vectors = np.linalg.eigh(centered.T @ centered)
    variances, vectors = np.maximum(variances[::-1], 0)[:2], vectors[:, ::-1][:, :2]
    total = float((centered**2).sum())
    if total == 0:
        return "All customers of the sample stand at one point: no feature varies between them."
    farthest = np.abs(vectors).argmax(axis=0)
    vectors = vectors * np.where(vectors[farthest, range(vectors.shape[1])] < 0, -1.0, 1.0)

    points = centered @ vectors
    centres = (segmenter.prototypes_ - mean) @ vectors
    if points.shape[1] == 1:
        # The sample comes in the order of its hashes, so a customer's place in it is as good as random.
        points = np.column_stack([points, np.linspace(-1, 1, len(points))])
        centres = np.column_stack([centres, np.zeros(len(centres))])
    weights = vectors if transformer.loadings_ is None else transformer.loadings_ @ vectors
    return Projection(
        axes=[
            _axis(share, column, transformer.features_)
            for share, column in zip(variances / total, weights.T, strict=True)
        ],
        points=rounded_rows(frame["segment_key"], points),
        centres=rounded_rows([keys[int(label)] for label in segmenter.prototype_labels_], centres),
        feature_count=len(transformer.features_),
    )


def _axis(share: float, weights: np.ndarray, features: list[str]) -> Axis:
    """Name an axis by the features that weigh most in it."""
    more = [name for name, weight in zip(features, weights, strict=True) if weight >= LEAST_WEIGHT]
    less = [name for name, weight in zip(features, weights, strict=True) if weight <= -LEAST_WEIGHT]
    return Axis(round(float(share), 6), more, less)


def rounded_rows(keys: "pd.Series | list[str]", places: np.ndarray) -> list[tuple[str, float, float]]:
    """Return keys and rounded coordinates; adding zero turns minus zero into zero."""
    rounded = np.round(places, DECIMALS) + 0.0
    return [(str(key), float(x), float(y)) for key, (x, y) in zip(keys, rounded, strict=True)]
