"""Hand out segment keys to the clusters of a new model, by what earlier models make of the same customers."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from strate.checks import check_number
from strate.clustering import load_clustering
from strate.segment_keys.matching import Overlap, match_clusters, measure_overlap

KEY_PREFIX = "cluster_"
NOISE_KEY = "cluster_noise"
VERSIONS_LOOKED_AT = 12
"""How many earlier models a cluster may take its key from: the nearest ones in time."""

KEY_TYPES = {
    "model_version": "str",
    "event": "str",
    "cluster_id": "Int64",
    "segment_key": "str",
    "other_segment_key": "str",
    "segment_name": "str",
    "automatic_name": "str",
    "reference_model_version": "str",
    "reference_as_of_date": "datetime64[us]",
    "compared_by": "str",
    "customer_count": "Int64",
    "reference_customer_count": "Int64",
    "shared_count": "Int64",
    "overlap": "float64",
    "sentence": "str",
}
"""Columns of the frame of keys and their pandas types."""


def assign_segment_keys(
    artifacts: pd.DataFrame,
    sample: pd.DataFrame,
    known: pd.DataFrame,
    *,
    min_overlap: float = 0.3,
    min_share: float = 0.5,
) -> pd.DataFrame:
    """Give each cluster of a model the key of the earlier segment that it continues, or a new one.

    The earlier model is applied to the customers of today, so that what it shares with the new one tells
    how the models differ, not how customers have moved. Clusters are matched one to one with the greatest
    sum of Jaccard indices, means deciding between equals. What is left unmatched is looked for in the
    models before, nearest in time first: a segment that was gone for a while gets its key back. The rest is
    born with the next number that no segment ever had.

    Parameters
    ----------
    artifacts : pandas.DataFrame
        What `fit_clustering` returns: the new model.
    sample : pandas.DataFrame
        The customers that it was fitted on, in any row order.
    known : pandas.DataFrame
        Artifact rows of all earlier models, with three columns more: `entry_number` (1 for the model that
        was recorded first), `reference_rank` (1 for the model to compare with, 2 for the next one) and
        `as_of_date`. Each model has one row of the record type `key` per cluster: `name` is the segment
        key, `detail` the segment's name. May be empty. A model that is in there already keeps its keys and
        names, and is compared with what was recorded before it.
    min_overlap : float
        Least Jaccard index of a cluster and the segment that it continues, 0.01 to 1.
    min_share : float
        Least share of its customers that a new segment took from one other to be split from it, and that
        an ended segment left to one other to be merged into it, 0.01 to 1.

    Returns
    -------
    pandas.DataFrame
        Columns of `KEY_TYPES`. One row per cluster of the new model, then one per segment of the reference
        that has ended; none where the new model has no clusters. By `event`::

            kept      the cluster continues the segment of the reference
            returned  it continues a segment of an earlier model, which the reference does not have
            split     it is new, and most of its customers come from one segment (`other_segment_key`)
            born      it is new
            merged    the segment has ended, and most of its customers went to one other
            died      the segment has ended

        `customer_count` is the size of the new cluster in question, `reference_customer_count` that of the
        earlier segment, `shared_count` what they have in common and `overlap` their Jaccard index, all of
        the sample; null where there is none of the two. `compared_by` is `members`;
        `centres` where the earlier model reads features that are gone, so that customers are given to the
        nearest centre of its clusters in those that both have; `nothing` where there is no earlier model,
        or none of its features is left.

    Raises
    ------
    ValueError
        If an argument is not legal, or the artifacts do not hold exactly one model.
    """
    check_number("min_overlap", min_overlap, 0.01, 1)
    check_number("min_share", min_share, 0.01, 1)
    predictor = load_clustering(artifacts)
    if predictor.segmenter is None:
        return _frame([])
    labels = predictor.predict(sample).to_numpy(dtype="int64")
    clusters = np.setdiff1d(predictor.segmenter.prototype_labels_, [0])  # 0 is the noise, whose key never changes
    transformer = predictor.transformer
    customers = _Customers(sample, labels, clusters, transformer.scale(sample), transformer.features_)
    labelled = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == "label")]
    automatic_names = {int(row.cluster_id): str(row.detail) for row in labelled.itertuples()}

    own, earlier = _versions(known, predictor.model_version)
    comparisons = [_compare(version, customers) for version in earlier[:VERSIONS_LOOKED_AT]]
    reference = comparisons[0] if comparisons else _Comparison()
    keys, sources = _match_all(comparisons, clusters, min_overlap) if own is None else _settled(own, comparisons)
    number = max((_number(key) for version in earlier for key in version.keys.values()), default=0)
    for cluster in clusters:
        if cluster not in keys:
            number += 1
            keys[int(cluster)] = f"{KEY_PREFIX}{number}"
    names = own.names if own else _names(keys, automatic_names, comparisons)

    sizes = {int(cluster): int((labels == cluster).sum()) for cluster in clusters}
    rows = [
        {"customer_count": sizes[int(cluster)]}
        | _row_of_cluster(int(cluster), keys, sources.get(int(cluster)), reference, min_share)
        | {"segment_name": names[keys[int(cluster)]], "automatic_name": automatic_names.get(int(cluster))}
        for cluster in clusters
    ]
    rows += _rows_of_ended(keys, reference, min_share)
    return _frame(
        [{"model_version": predictor.model_version} | row | {"sentence": _sentence(row, reference)} for row in rows]
    )


@dataclass(frozen=True)
class _Customers:
    """The sample, and what the new model makes of it."""

    frame: pd.DataFrame
    labels: np.ndarray
    clusters: np.ndarray
    scaled: np.ndarray
    features: list[str]


@dataclass(frozen=True)
class _Version:
    """An earlier model: its artifacts, and the key and name of each of its clusters."""

    artifacts: pd.DataFrame
    keys: dict[int, str]
    names: dict[str, str]


@dataclass(frozen=True)
class _Comparison:
    """What an earlier model makes of the sample beside the new one; without a version, nothing."""

    version: _Version | None = None
    overlap: Overlap | None = None
    compared_by: str = "nothing"

    @property
    def keys(self) -> dict[int, str]:
        return self.version.keys if self.version else {}


def _versions(known: pd.DataFrame, model_version: str) -> tuple[_Version | None, list[_Version]]:
    """Return the model itself if it was recorded before, and the models that it is to be compared with."""
    versions = {}
    for entry, rows in known.groupby("entry_number", sort=True):
        keyed = rows[rows["record_type"] == "key"]
        if len(keyed):
            keys = {int(row.cluster_id): str(row.name) for row in keyed.itertuples()}
            names = dict(zip(keyed["name"].astype(str), keyed["detail"].astype(str), strict=True))
            versions[entry] = _Version(rows[rows["record_type"] != "key"], keys, names)
    own = next((e for e, v in versions.items() if v.artifacts["model_version"].iloc[0] == model_version), None)
    earlier = [entry for entry in versions if own is None or entry < own]
    earlier.sort(key=lambda entry: int(versions[entry].artifacts["reference_rank"].iloc[0]))
    return versions.get(own), [versions[entry] for entry in earlier]


def _compare(version: _Version, customers: _Customers) -> _Comparison:
    """Apply an earlier model to the sample."""
    old = load_clustering(version.artifacts)
    if set(old.transformer.features_) <= set(customers.frame.columns):
        labels, compared_by = old.predict(customers.frame).to_numpy(dtype="int64"), "members"
    else:
        labels, compared_by = _nearest_centres(version.artifacts, customers), "centres"
    if labels is None:
        return _Comparison(version)
    before = np.array(sorted(version.keys))
    overlap = measure_overlap(labels, customers.labels, customers.scaled, before, customers.clusters)
    return _Comparison(version, overlap, compared_by)


def _nearest_centres(artifacts: pd.DataFrame, customers: _Customers) -> np.ndarray | None:
    """Give each customer to the nearest centre of an earlier model in the features that both models have.

    The centres are the standardised differences of its clusters, so customers are standardised too.
    """
    rows = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == "standardised_difference")]
    centres = rows.pivot(index="cluster_id", columns="parameter", values="value").astype("float64").sort_index()
    common = [feature for feature in customers.features if feature in centres.columns]
    if not common:
        return None
    scaled = customers.scaled[:, [customers.features.index(feature) for feature in common]]
    spread = scaled.std(axis=0)
    standardised = (scaled - scaled.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    differences = standardised[:, None, :] - centres[common].to_numpy()[None, :, :]
    nearest = (differences * differences).sum(axis=2).argmin(axis=1)
    return centres.index.to_numpy(dtype="int64")[nearest]


def _match_all(
    comparisons: list[_Comparison], clusters: np.ndarray, min_overlap: float
) -> tuple[dict[int, str], dict[int, tuple[_Comparison, int]]]:
    """Return the key of each cluster that continues a segment, and where it comes from."""
    keys: dict[int, str] = {}
    sources: dict[int, tuple[_Comparison, int]] = {}
    had_their_chance: set[str] = set()
    for comparison in comparisons:
        if comparison.overlap is not None:
            before = [number for number, key in comparison.keys.items() if key not in had_their_chance]
            after = [cluster for cluster in clusters if cluster not in keys]
            for cluster, number in match_clusters(comparison.overlap, min_overlap, before, after).items():
                keys[cluster] = comparison.keys[number]
                sources[cluster] = (comparison, number)
        # Who ended in a nearer model is not looked for under the same key farther back.
        had_their_chance |= set(keys.values()) | set(comparison.keys.values())
    return keys, sources


def _settled(
    own: _Version, comparisons: list[_Comparison]
) -> tuple[dict[int, str], dict[int, tuple[_Comparison, int]]]:
    """Return the keys that were handed out when the model was recorded, and where they came from."""
    sources = {}
    for cluster, key in own.keys.items():
        for comparison in comparisons:
            number = next((number for number, known in comparison.keys.items() if known == key), None)
            if number is not None and comparison.overlap is not None:
                sources[cluster] = (comparison, number)
                break
    return dict(own.keys), sources


def _names(
    keys: Mapping[int, str], automatic_names: Mapping[int, str], comparisons: list[_Comparison]
) -> dict[str, str]:
    """Return the name of each key: the one it has, or for a new one today's, with its key where that is taken."""
    names: dict[str, str] = {}
    for comparison in reversed(comparisons):
        names |= comparison.version.names if comparison.version else {}
    for cluster, key in keys.items():
        if key not in names:
            name = automatic_names.get(cluster, key)
            names[key] = f"{name} · {key}" if name in names.values() else name
    return names


def _row_of_cluster(
    cluster: int,
    keys: Mapping[int, str],
    source: tuple[_Comparison, int] | None,
    reference: _Comparison,
    min_share: float,
) -> dict[str, Any]:
    """Return what became of one cluster of the new model."""
    row = {"cluster_id": cluster, "segment_key": keys[cluster]}
    if source is not None:
        comparison, number = source
        event = "kept" if comparison is reference else "returned"
        return row | {"event": event} | _facts(comparison, number, cluster)
    if reference.overlap is None:
        return row | {"event": "born"} | _facts(reference, None, None)
    overlap = reference.overlap
    column = overlap.after.tolist().index(cluster)
    parent = int(overlap.shared[:, column].argmax())
    if overlap.shared[parent, column] < min_share * overlap.after_sizes[column] or not overlap.after_sizes[column]:
        return row | {"event": "born"} | _facts(reference, None, cluster)
    number = int(overlap.before[parent])
    other = NOISE_KEY if number == 0 else reference.keys[number]
    event = "born" if number == 0 else "split"
    return row | {"event": event, "other_segment_key": other} | _facts(reference, number, cluster)


def _rows_of_ended(keys: Mapping[int, str], reference: _Comparison, min_share: float) -> list[dict[str, Any]]:
    """Return what became of the segments of the reference that the new model does not continue."""
    rows = []
    for number, key in sorted(reference.keys.items()):
        if key in keys.values():
            continue
        row = {"cluster_id": None, "segment_key": key, "segment_name": reference.version.names[key]}
        heir, facts, event = None, _facts(reference, number, None), "died"
        if reference.overlap is not None:
            overlap = reference.overlap
            position = overlap.before.tolist().index(number)
            column = int(overlap.shared[position].argmax())
            if overlap.before_sizes[position] and (
                overlap.shared[position, column] >= min_share * overlap.before_sizes[position]
            ):
                cluster = int(overlap.after[column])
                heir = NOISE_KEY if cluster == 0 else keys[cluster]
                event = "died" if cluster == 0 else "merged"
                facts = _facts(reference, number, cluster)
        rows.append(row | {"event": event, "other_segment_key": heir} | facts)
    return rows


def _facts(comparison: _Comparison, before: int | None, after: int | None) -> dict[str, Any]:
    """Return the figures on an earlier segment and a new cluster, as far as there are such."""
    facts: dict[str, Any] = {"compared_by": comparison.compared_by}
    if comparison.version is not None:
        facts["reference_model_version"] = comparison.version.artifacts["model_version"].iloc[0]
        facts["reference_as_of_date"] = comparison.version.artifacts["as_of_date"].iloc[0]
    overlap = comparison.overlap
    if overlap is None:
        return facts
    row = None if before is None else overlap.before.tolist().index(before)
    column = None if after is None else overlap.after.tolist().index(after)
    if row is not None:
        facts["reference_customer_count"] = int(overlap.before_sizes[row])
    if column is not None:
        facts["customer_count"] = int(overlap.after_sizes[column])
    if row is not None and column is not None:
        facts["shared_count"] = int(overlap.shared[row, column])
        facts["overlap"] = float(overlap.jaccard[row, column])
    return facts


def _sentence(row: Mapping[str, Any], reference: _Comparison) -> str:
    """Say in one sentence what became of a segment."""
    key, other = row["segment_key"], row.get("other_segment_key")
    shared = row.get("shared_count")
    of_now = f"{shared} of its {row['customer_count']} customers" if shared is not None else None
    of_then = f"{shared} of its {row['reference_customer_count']} customers" if shared is not None else None
    match row["event"]:
        case "kept":
            return f"{key} goes on: {of_now} were in it under the earlier model too."
        case "returned":
            return f"{key} is back: {of_now} were in it under the model of {row['reference_as_of_date']:%Y-%m-%d}."
        case "split":
            return f"{key} is new and was split from {other}: {of_now} come from there."
        case "born" if other:
            return f"{key} is new: {of_now} were in no cluster before."
        case "born" if reference.version is None:
            return f"{key} is new: there was no clustering before."
        case "born" if reference.overlap is None:
            return f"{key} is new: no feature of the earlier model is left to compare with."
        case "born":
            return f"{key} is new: its customers come from several segments."
        case "merged":
            return f"{key} has ended and was merged into {other}: {of_then} went there."
        case "died" if other:
            return f"{key} has ended: {of_then} are in no cluster now."
        case "died" if reference.overlap is None:
            return f"{key} has ended: none of its features is left to compare with."
    return f"{key} has ended: its customers went to several segments."


def _number(key: str) -> int:
    """Return the number of a key such as cluster_12."""
    return int(key.removeprefix(KEY_PREFIX))


def _frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    """Return rows as a frame with the columns and types of `KEY_TYPES`."""
    return pd.DataFrame(
        {name: pd.Series([row.get(name) for row in rows], dtype=kind) for name, kind in KEY_TYPES.items()}
    )
