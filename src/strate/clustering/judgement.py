"""What the clusters of the chosen candidate are worth: merged where they should be, and each with its evidence."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from strate.clustering.consolidation import Merge, consolidate
from strate.clustering.naming import name_clusters, standardised_differences
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.resampling import Refit
from strate.clustering.separation import LEAST_GAP, pairwise_separation, separation
from strate.clustering.stability import bootstrap_stability
from strate.clustering.value_added import ValueAdded, value_added


@dataclass(frozen=True)
class Sample:
    """What the chosen clustering is judged on.

    Attributes
    ----------
    values : numpy.ndarray of shape (n_rows, n_features)
        Scaled features, before any projection.
    components : numpy.ndarray of shape (n_rows, n_components)
        What distances are taken between.
    features : list of str
        Names of the columns of `values`.
    revenue : numpy.ndarray of shape (n_rows,)
        What customers are worth today; NaN where not known.
    past_components : numpy.ndarray of shape (n_past_rows, n_components)
        The same for customers as they were at an earlier date; no rows without one.
    next_revenue : numpy.ndarray of shape (n_past_rows,)
        What they paid after that date; NaN where not known.
    """

    values: np.ndarray
    components: np.ndarray
    features: list[str]
    revenue: np.ndarray
    past_components: np.ndarray
    next_revenue: np.ndarray


@dataclass(frozen=True)
class Judgement:
    """The clusters after merging.

    Attributes
    ----------
    merges : list of Merge
    differences : numpy.ndarray of shape (n_clusters, n_features)
        See `standardised_differences`.
    clusters : list of dict
        Facts of each cluster by name: `label`, `recovery`, `jaccard`, `nearest_cluster`, `gap`, `detachment`,
        `features_apart`, `strongest_feature`, `revenue_adds`, `next_revenue_adds`.
    effects : pandas.DataFrame
        See `separation`.
    model : dict
        `revenue_explained`, `next_revenue_explained`, and why they are null in `revenue_status` and
        `next_revenue_status`.
    """

    merges: list[Merge]
    differences: np.ndarray
    clusters: list[dict[str, Any]]
    effects: pd.DataFrame
    model: dict[str, Any]


def judge(
    segmenter: PrototypeSegmenter,
    refit: Refit,
    sample: Sample,
    *,
    least_size: int = 1,
    n_resamples: int = 20,
    max_rows: int = 1_000,
    seed: int = 7,
) -> Judgement:
    """Merge clusters that are too small or not worth a split, and measure those that are left.

    A split between two clusters without a gap stays where it explains what customers are worth. Where
    nothing is known of that, it stays as long as some feature tells the two apart: see `consolidate`.

    Parameters
    ----------
    segmenter : PrototypeSegmenter
        Fitted on `sample.components`, with one cluster at least. Its clusters are renumbered by the merges.
    refit : callable
        Fits the same algorithm with the same parameters: see `Refit`.
    sample : Sample
    least_size : int
        Rows of the smallest cluster that is not merged.
    n_resamples, max_rows : int
        See `bootstrap_stability`.
    seed : int

    Returns
    -------
    Judgement
    """
    outcomes = {"revenue": sample.revenue} if _varies(sample.revenue) else {}
    consolidation = consolidate(
        sample.values,
        segmenter.labels_,
        features=sample.features,
        min_size=least_size,
        least_gap=LEAST_GAP if outcomes else 0.0,
        outcomes=outcomes,
        is_kept_for_value=bool(outcomes),
        seed=seed,
    )
    if consolidation.merges:
        segmenter.relabel(consolidation.mapping)
        refit = _merging_alike(refit, segmenter)
    labels = segmenter.labels_
    differences = standardised_differences(sample.values, labels)
    stability = bootstrap_stability(
        refit, sample.components, labels, n_resamples=n_resamples, max_rows=max_rows, seed=seed
    )
    neighbours = _nearest(pairwise_separation(sample.values, labels, sample.features, seed=seed))
    to_whom = {cluster: facts["nearest_cluster"] for cluster, facts in neighbours.items()}
    now = value_added(labels, sample.revenue, neighbours=to_whom, seed=seed)
    past_labels = segmenter.predict(sample.past_components)
    later = value_added(past_labels, sample.next_revenue, neighbours=to_whom, seed=seed)
    clusters = [
        {
            "label": name,
            "recovery": float(stability.cluster_recovery[number - 1]),
            "jaccard": float(stability.cluster_jaccard[number - 1]),
            **neighbours.get(number, {}),
            "revenue_adds": _added(now, number),
            "next_revenue_adds": _added(later, number),
        }
        for number, name in enumerate(name_clusters(differences, sample.features), 1)
    ]
    model = {
        "revenue_explained": now.r_squared,
        "revenue_status": now.status,
        "next_revenue_explained": later.r_squared,
        "next_revenue_status": later.status,
    }
    effects = separation(sample.values, labels, sample.features)
    return Judgement(consolidation.merges, differences, clusters, effects, model)


def _varies(outcome: np.ndarray) -> bool:
    """Tell whether an outcome is known and not the same of everybody."""
    known = outcome[np.isfinite(outcome)]
    return bool(len(known)) and known.min() < known.max()


def _merging_alike(refit: Refit, reference: PrototypeSegmenter) -> Refit:
    """Return a refit whose clusters are merged as those of the reference: each goes where most of its rows are."""

    def refit_and_merge(X: np.ndarray, seed: int) -> PrototypeSegmenter:
        segmenter = refit(X, seed)
        found = reference.predict(X)
        mapping = {}
        for cluster in np.unique(segmenter.labels_[segmenter.labels_ > 0]):
            counts = np.bincount(found[segmenter.labels_ == cluster])
            mapping[int(cluster)] = int(counts[1:].argmax()) + 1 if len(counts) > 1 else int(cluster)
        return segmenter.relabel(mapping)

    return refit_and_merge


def _nearest(pairs: pd.DataFrame) -> dict[int, dict[str, Any]]:
    """Return for each cluster the one whose center is nearest, and what separates the two."""
    found = {}
    for cluster in sorted({*pairs["cluster"], *pairs["other_cluster"]}):
        own = pairs[(pairs["cluster"] == cluster) | (pairs["other_cluster"] == cluster)]
        pair = own.loc[own["distance"].idxmin()]
        found[int(cluster)] = {
            "nearest_cluster": int(pair["other_cluster"] if pair["cluster"] == cluster else pair["cluster"]),
            "gap": float(pair["gap"]),
            "detachment": float(pair["detachment"]),
            "features_apart": int(pair["n_features_apart"]),
            "strongest_feature": str(pair["strongest_feature"]),
        }
    return found


def _added(value: ValueAdded, cluster: int) -> float:
    """Return what a cluster adds to the share explained; NaN where that was not measured."""
    rows = value.segments[value.segments["cluster"] == cluster] if len(value.segments) else value.segments
    return float(rows["adds"].iloc[0]) if len(rows) else float("nan")
