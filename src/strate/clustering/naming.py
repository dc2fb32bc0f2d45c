"""Readable names for clusters."""

from collections.abc import Sequence

import numpy as np

LEAST_DIFFERENCE = 0.25
FEATURES_IN_A_NAME = 2
EVERYBODY = "everybody"
AVERAGE = "close to average"


def standardised_differences(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how far each cluster's mean lies from everybody's, per feature.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
    labels : numpy.ndarray of int, of shape (n_rows,)
        Clusters 1 to n_clusters, none of them empty.

    Returns
    -------
    numpy.ndarray of shape (n_clusters, n_features)
        In standard deviations of the whole sample; 0 for a feature that does not vary.
    """
    spread = values.std(axis=0)
    means = np.stack([values[labels == label].mean(axis=0) for label in range(1, labels.max() + 1)])
    return np.where(spread > 0, (means - values.mean(axis=0)) / np.where(spread > 0, spread, 1.0), 0.0)


def name_clusters(differences: np.ndarray, features: Sequence[str]) -> list[str]:
    """Name each cluster after the features in which it differs most.

    A name has the two features of the largest absolute difference, as in `high revenue · low recency_days`;
    a difference under 0.25 is left out, and a cluster with no larger one is `close to average`. Clusters
    whose names are the same get one feature more until they differ, at last their number. A sole cluster
    is `everybody`.

    Parameters
    ----------
    differences : numpy.ndarray of shape (n_clusters, n_features)
        As `standardised_differences` gives them.
    features : sequence of str

    Returns
    -------
    list of str
        One per cluster, all different.
    """
    if len(differences) == 1:
        return [EVERYBODY]
    length = [FEATURES_IN_A_NAME] * len(differences)
    while True:
        names = [_name(row, features, n) for row, n in zip(differences, length, strict=True)]
        longer = [n + (names.count(name) > 1) for name, n in zip(names, length, strict=True)]
        if longer == length or max(longer) > max(len(features), FEATURES_IN_A_NAME):
            break
        length = longer
    return [name if names.count(name) == 1 else f"{name} · cluster {number}" for number, name in enumerate(names, 1)]


def _name(differences: np.ndarray, features: Sequence[str], length: int) -> str:
    """Name one cluster after its `length` most distinguishing features."""
    rounded = np.round(differences, 6)  # so that the last bits of a mean do not decide between equals
    order = np.lexsort((np.arange(len(rounded)), -np.abs(rounded)))[:length]
    parts = [
        f"{'high' if rounded[i] > 0 else 'low'} {features[i]}" for i in order if abs(rounded[i]) >= LEAST_DIFFERENCE
    ]
    return " · ".join(parts) or AVERAGE
