"""The long artifact frame: everything a fit learned, as rows that SQL can split and cast."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from strate.checks import check_choice
from strate.clustering.candidate import Candidate
from strate.clustering.consolidation import Merge
from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.transforms import TRANSFORMS

ARTIFACT_TYPES = {
    "record_type": "str",
    "model_version": "str",
    "algorithm": "str",
    "candidate_id": "str",
    "k": "Int64",
    "cluster_id": "Int64",
    "prototype_id": "Int64",
    "name": "str",
    "parameter": "str",
    "value": "float64",
    "detail": "str",
}
"""Columns of the artifact frame and their pandas types."""

VERSION_DIGITS = 10

CANDIDATE_METRICS = (
    "silhouette",
    "davies_bouldin",
    "calinski_harabasz",
    "density_validity",
    "conductance",
    "cut_contrast",
    "inertia",
    "stability",
    "stability_low",
    "generalisation",
    "null_p_value",
    "agreement",
    "noise_share",
)
"""Attributes of `Candidate` that have a row of the same name."""


def input_hash(settings: Mapping[str, Any], ids: Sequence[str], values: np.ndarray) -> str:
    """Return a hash that is the same for the same settings and input, in whatever row order.

    Parameters
    ----------
    settings : mapping
        Everything that decides the result, of types that JSON has.
    ids : sequence of str
        Customer ids, sorted.
    values : numpy.ndarray of shape (n_rows, n_features)
        Features, in the order of `ids`.

    Returns
    -------
    str
        The first 10 hexadecimal digits of a SHA-256.
    """
    content = np.where(np.isnan(values), np.nan, values) + 0.0  # one NaN and one zero, whatever their bits
    digest = hashlib.sha256(json.dumps([settings, list(ids)], sort_keys=True).encode())
    digest.update(np.ascontiguousarray(content, dtype="<f8").tobytes())
    return digest.hexdigest()[:VERSION_DIGITS]


def build_frame(rows: Sequence[Mapping[str, Any]], version: str, algorithm: str | None) -> pd.DataFrame:
    """Return artifact rows as a frame with the columns and types of `ARTIFACT_TYPES`.

    `algorithm` stands on each row that does not name another.
    """
    columns = {name: [row.get(name) for row in rows] for name in ARTIFACT_TYPES}
    columns["model_version"] = [version] * len(rows)
    columns["algorithm"] = [row.get("algorithm", algorithm) for row in rows]
    return pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in ARTIFACT_TYPES.items()})


def model_rows(entries: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per fact of the model, as `fact_rows` does."""
    return fact_rows({"record_type": "model"}, entries)


def fact_rows(common: Mapping[str, Any], facts: Mapping[str, Any], key: str = "name") -> list[dict[str, Any]]:
    """Return one row per fact: a number in `value`, a text in `detail`, None or an empty text in neither.

    The fact's own name stands in the column `key`.
    """
    return [
        {**common, key: name, "detail" if isinstance(fact, str) else "value": None if fact == "" else fact}
        for name, fact in facts.items()
    ]


def candidate_rows(candidate: Candidate, flags: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return one row per metric or text of one candidate."""
    common = {"record_type": "candidate", "candidate_id": candidate.candidate_id, "algorithm": candidate.algorithm}
    facts = {
        "state": candidate.state,
        "state_reason": candidate.detail or "",
        "parameters": json.dumps(dict(candidate.parameters)),
        **{name: getattr(candidate, name) for name in CANDIDATE_METRICS},
        **(candidate.segmenter.facts_ if candidate.segmenter else {}),
        "prototype_count": candidate.n_prototypes,
        "smallest_cluster_size": candidate.smallest_cluster_size,
        **flags,
        "seconds": candidate.seconds,
    }
    return fact_rows(common | {"k": candidate.k}, facts)


def curve_rows(candidate: Candidate) -> list[dict[str, Any]]:
    """Return the merge tree and the curve of k-distances of a candidate that has them, for pictures."""
    rows = []
    common = {"candidate_id": candidate.candidate_id, "algorithm": candidate.algorithm}
    for step, merge in enumerate(getattr(candidate.segmenter, "merge_tree_", ()), 1):
        facts = zip(("left", "right", "height", "size"), map(float, merge), strict=True)
        rows += fact_rows(common | {"record_type": "merge_tree", "prototype_id": step}, dict(facts))
    for position, distance in enumerate(getattr(candidate.segmenter, "k_distances_", ()), 1):
        place = {"record_type": "k_distance", "prototype_id": position}
        rows += fact_rows(common | place, {"distance": float(distance)})
    return rows


def merge_rows(merges: Sequence[Merge]) -> list[dict[str, Any]]:
    """Return the facts of each merge of the consolidation; `cluster_id` is the cluster that was absorbed."""
    rows = []
    for merge in merges:
        common = {"record_type": "merge", "prototype_id": merge.step, "cluster_id": merge.absorbed}
        facts = {
            "into_cluster": merge.into,
            "reason": merge.reason,
            "sentence": merge.sentence,
            "absorbed_size": merge.absorbed_size,
            "into_size": merge.into_size,
            "distance": merge.distance,
            "gap": merge.gap,
            "explained_share": merge.value,
        }
        rows += fact_rows(common, facts)
    return rows


def separation_rows(effects: pd.DataFrame) -> list[dict[str, Any]]:
    """Return what `separation` says of each feature, as further parameters of its `feature` rows."""
    return [
        {"record_type": "feature", "name": row["feature"], "parameter": parameter}
        | {"detail" if parameter == "effect" else "value": row[parameter]}
        for row in effects.to_dict("records")
        for parameter in ("f_statistic", "eta_squared", "omega_squared", "effect", "p_value", "q_value")
    ]


def transformer_rows(transformer: CustomerTransformer) -> list[dict[str, Any]]:
    """Return the feature rows and, with PCA, the component rows of a fitted transformer."""
    rows = []
    for position, feature in enumerate(transformer.features):
        is_used = feature in transformer.features_
        reason = transformer.dropped_.get(feature, "constant" if transformer.is_constant_ else None)
        numbers = {
            "is_used": float(is_used),
            "position": position + 1,
            "is_indicator": float(feature in transformer.indicators),
            "n_missing": transformer.n_missing_[position],
            "n_infinite": transformer.n_infinite_[position],
        }
        if is_used:
            numbers |= transformer.parameters_.loc[feature].to_dict()
        for parameter, value in numbers.items():
            detail = reason if parameter == "is_used" else None
            row = {"record_type": "feature", "name": feature, "parameter": parameter, "value": value}
            rows.append(row | {"detail": detail})
    if transformer.loadings_ is not None:
        for feature, loadings in zip(transformer.features_, transformer.loadings_, strict=True):
            for component, value in zip(transformer.component_names_, loadings, strict=True):
                row = {"record_type": "component", "name": feature, "parameter": component, "value": value}
                rows.append(row)
    return rows


def segmenter_rows(
    segmenter: PrototypeSegmenter, components: Sequence[str], place: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Return the rows of each prototype: one per component, and its reach if that has an end."""
    rows = []
    of_each = zip(segmenter.prototypes_, segmenter.prototype_labels_, segmenter.prototype_reaches_, strict=True)
    for number, (prototype, label, reach) in enumerate(of_each, 1):
        common = {"record_type": "prototype", **place, "cluster_id": int(label), "prototype_id": number}
        rows += fact_rows(common, dict(zip(components, prototype, strict=True)))
        if np.isfinite(reach):
            rows.append(common | {"parameter": "reach", "value": reach})
    return rows


def cluster_rows(
    labels: np.ndarray,
    differences: np.ndarray,
    features: Sequence[str],
    facts: Sequence[Mapping[str, Any]],
    place: Mapping[str, Any],
) -> list[dict[str, Any]]:
    """Return size, share, standardised differences and further facts of each cluster in the sample."""
    rows = []
    sizes = np.bincount(labels)[1:]
    for cluster, (size, row, further) in enumerate(zip(sizes, differences, facts, strict=True), 1):
        common = {"record_type": "cluster", **place, "cluster_id": cluster}
        rows += fact_rows(common, {"size": float(size), "share": size / len(labels), **further})
        rows += [
            common | {"name": "standardised_difference", "parameter": feature, "value": value}
            for feature, value in zip(features, row, strict=True)
        ]
    return rows


def read_transformer(artifacts: pd.DataFrame) -> CustomerTransformer:
    """Rebuild a fitted `CustomerTransformer` from artifact rows, in any row order.

    Parameters
    ----------
    artifacts : pandas.DataFrame
        As `fit_clustering` returns it, or as read back from a table.

    Returns
    -------
    CustomerTransformer
        Ready for `transform`. It has every learned attribute but `explained_variance_share_`.
    """
    settings = artifacts[artifacts["record_type"] == "model"].set_index("name")["detail"]
    rows = artifacts[artifacts["record_type"] == "feature"]
    table = rows.pivot(index="name", columns="parameter", values="value").astype("float64")
    table = table.reindex(columns=[*_COUNTS, *_PARAMETERS]).sort_values("position")
    used = table[table["is_used"] == 1]
    reasons = rows[rows["parameter"] == "is_used"].set_index("name")["detail"]

    transformation = check_choice("transform", settings.get("transform"), TRANSFORMS)
    indicators = [str(name) for name in table.index[table["is_indicator"] == 1]]
    transformer = CustomerTransformer(
        [str(name) for name in table.index], indicators=indicators, transformation=transformation
    )
    transformer.features_ = [str(name) for name in used.index]
    transformer.dropped_ = {str(name): reasons[name] for name in table.index if name not in used.index}
    transformer.is_constant_ = bool(reasons.reindex(used.index).notna().any())
    transformer.parameters_ = used[_PARAMETERS].rename_axis(index=None, columns=None)
    transformer.n_missing_ = table["n_missing"].to_numpy(dtype="int64")
    transformer.n_infinite_ = table["n_infinite"].to_numpy(dtype="int64")
    transformer.loadings_ = None
    transformer.component_names_ = list(transformer.features_)
    loadings = artifacts[artifacts["record_type"] == "component"]
    if len(loadings):
        table = loadings.pivot(index="name", columns="parameter", values="value").astype("float64")
        transformer.component_names_ = sorted(table.columns, key=lambda name: int(name.rsplit("_", 1)[1]))
        transformer.loadings_ = table.loc[transformer.features_, transformer.component_names_].to_numpy()
    return transformer


def read_segmenter(artifacts: pd.DataFrame, components: Sequence[str]) -> PrototypeSegmenter | None:
    """Rebuild a segmenter that predicts from artifact rows; None if the fit ended without prototypes."""
    rows = artifacts[artifacts["record_type"] == "prototype"]
    if not len(rows):
        return None
    is_reach = rows["parameter"] == "reach"
    table = rows[~is_reach].pivot(index=["prototype_id", "cluster_id"], columns="name", values="value").sort_index()
    reaches = rows[is_reach].set_index("prototype_id")["value"].astype("float64")
    reaches = reaches.reindex(table.index.get_level_values("prototype_id")).fillna(np.inf)
    labels = table.index.get_level_values("cluster_id").to_numpy(dtype="int64")
    prototypes = table[list(components)].to_numpy(dtype="float64")
    return PrototypeSegmenter().set_prototypes(prototypes, labels, reaches.to_numpy())


_COUNTS = ["is_used", "position", "is_indicator", "n_missing", "n_infinite"]
_PARAMETERS = ["fill_value", "lambda", "lower", "upper", "center", "scale", "pca_mean"]
