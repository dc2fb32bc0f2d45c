"""The long artifact frame: everything a fit learned, as rows that SQL can split and cast."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from strate.clustering.checks import check_choice
from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.registry import ALGORITHMS
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


def model_version(algorithm: str, settings: Mapping[str, Any], ids: Sequence[str], values: np.ndarray) -> str:
    """Return a version that is the same for the same settings and input, in whatever row order.

    Parameters
    ----------
    algorithm : str
    settings : mapping
        Everything that decides the result, of types that JSON has.
    ids : sequence of str
        Customer ids, sorted.
    values : numpy.ndarray of shape (n_rows, n_features)
        Features, in the order of `ids`.

    Returns
    -------
    str
        The algorithm, a hyphen, and the first 10 hex digits of a SHA-256.
    """
    content = np.where(np.isnan(values), np.nan, values) + 0.0  # one NaN and one zero, whatever their bits
    digest = hashlib.sha256(json.dumps([algorithm, settings, list(ids)], sort_keys=True).encode())
    digest.update(np.ascontiguousarray(content, dtype="<f8").tobytes())
    return f"{algorithm}-{digest.hexdigest()[:VERSION_DIGITS]}"


def build_frame(rows: Sequence[Mapping[str, Any]], version: str, algorithm: str) -> pd.DataFrame:
    """Return artifact rows as a frame with the columns and types of `ARTIFACT_TYPES`."""
    columns = {name: [row.get(name) for row in rows] for name in ARTIFACT_TYPES}
    columns["model_version"] = [version] * len(rows)
    columns["algorithm"] = [algorithm] * len(rows)
    return pd.DataFrame({name: pd.Series(columns[name], dtype=kind) for name, kind in ARTIFACT_TYPES.items()})


def model_rows(entries: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return one row per entry: a number in `value`, a text in `detail`, None in neither."""
    rows = []
    for name, entry in entries.items():
        column = "detail" if isinstance(entry, str) else "value"
        rows.append({"record_type": "model", "name": name, column: None if entry == "" else entry})
    return rows


def candidate_rows(candidate_id: str, k: int, metrics: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return one row per metric of one candidate."""
    return [
        {"record_type": "candidate", "candidate_id": candidate_id, "k": k, "name": name, "value": value}
        for name, value in metrics.items()
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
    segmenter: PrototypeSegmenter, components: Sequence[str], candidate_id: str, k: int
) -> list[dict[str, Any]]:
    """Return the prototype rows of a fitted segmenter, one per prototype and component."""
    return [
        {
            "record_type": "prototype",
            "candidate_id": candidate_id,
            "k": k,
            "cluster_id": int(label),
            "prototype_id": number,
            "name": component,
            "value": value,
        }
        for number, (prototype, label) in enumerate(
            zip(segmenter.prototypes_, segmenter.prototype_labels_, strict=True), 1
        )
        for component, value in zip(components, prototype, strict=True)
    ]


def cluster_rows(
    labels: np.ndarray,
    differences: np.ndarray,
    names: Sequence[str],
    features: Sequence[str],
    candidate_id: str,
    k: int,
) -> list[dict[str, Any]]:
    """Return size, share, name and standardised differences of each cluster in the sample."""
    rows = []
    sizes = np.bincount(labels)[1:]
    for cluster, (size, name, row) in enumerate(zip(sizes, names, differences, strict=True), 1):
        common = {"record_type": "cluster", "candidate_id": candidate_id, "k": k, "cluster_id": cluster}
        rows.append(common | {"name": "size", "value": float(size)})
        rows.append(common | {"name": "share", "value": size / len(labels)})
        rows.append(common | {"name": "label", "detail": name})
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
    """Rebuild a fitted segmenter from artifact rows; None if the fit ended without prototypes."""
    algorithm = check_choice("algorithm", artifacts["algorithm"].iloc[0], ALGORITHMS)
    rows = artifacts[artifacts["record_type"] == "prototype"]
    if not len(rows):
        return None
    table = rows.pivot(index=["prototype_id", "cluster_id"], columns="name", values="value").sort_index()
    labels = table.index.get_level_values("cluster_id").to_numpy(dtype="int64")
    prototypes = table[list(components)].to_numpy(dtype="float64")
    return ALGORITHMS[algorithm].segmenter().set_prototypes(prototypes, labels)


_COUNTS = ["is_used", "position", "is_indicator", "n_missing", "n_infinite"]
_PARAMETERS = ["fill_value", "lambda", "lower", "upper", "center", "scale", "pca_mean"]
