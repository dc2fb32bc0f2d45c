"""Fit a clustering on a sample, and read it back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from threadpoolctl import threadpool_limits

from strate.clustering.artifacts import (
    build_frame,
    candidate_rows,
    cluster_rows,
    model_rows,
    model_version,
    read_segmenter,
    read_transformer,
    segmenter_rows,
    transformer_rows,
)
from strate.clustering.checks import check_choice, check_integer, check_names, check_number, numeric_matrix
from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.metrics import calinski_harabasz, davies_bouldin, silhouette_scores
from strate.clustering.naming import name_clusters, standardised_differences
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.registry import ALGORITHMS
from strate.clustering.sampling import draw_rows
from strate.clustering.selection import SELECTIONS, Candidate, Choice, choose
from strate.clustering.transforms import TRANSFORMS


def fit_clustering(
    frame: pd.DataFrame,
    *,
    id_column: str = "customer_id",
    features: Sequence[str],
    indicators: Sequence[str] = (),
    algorithm: str = "kmeans",
    min_clusters: int = 2,
    max_clusters: int = 8,
    selection: str = "silhouette",
    silhouette_tolerance: float = 0.02,
    min_cluster_size: int = 1,
    min_cluster_share: float = 0.0,
    transform: str = "log",
    clip_quantile: float = 0.001,
    fill_with_max: Sequence[str] = (),
    pca_components: int = 0,
    n_starts: int = 10,
    silhouette_sample_size: int = 10_000,
    seed: int = 7,
) -> pd.DataFrame:
    """Cluster a sample of customers and return all that was learned as one long frame.

    Rows are sorted by id first and everything runs on one thread, so the result depends neither on the
    order of the rows nor on the number of threads; only the two kinds of row named `seconds` differ from
    run to run.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per customer of the sample. Nulls are allowed in features; an infinite value counts as
        missing.
    id_column : str
        Column of customer ids, different and never null.
    features : sequence of str
        Numeric columns to cluster on. Those that are wholly missing or constant are left out, with the
        reason in their row.
    indicators : sequence of str
        Further columns, of 0 and 1, one for each level of a nominal column: see `CustomerTransformer`.
    algorithm : {'kmeans'}
        Key of `ALGORITHMS`.
    min_clusters, max_clusters : int
        Numbers of clusters to try, 2 or more, both capped at the number of distinct rows.
    selection : {'silhouette', 'elbow'}
        How the number of clusters is chosen: see `choose`.
    silhouette_tolerance : float
        Loss of silhouette accepted for fewer clusters, 0 to 2.
    min_cluster_size : int
        Least rows of the sample in the smallest cluster of an eligible candidate.
    min_cluster_share : float
        The same as a share of the sample, 0 to 0.5; the larger of the two counts.
    transform, clip_quantile, fill_with_max, pca_components
        See `CustomerTransformer`, whose `transformation` is `transform`.
    n_starts : int
        Starts of each candidate.
    silhouette_sample_size : int
        Most rows on which silhouette is taken (its time is quadratic), drawn without replacement by
        `seed`. Davies-Bouldin and Calinski-Harabasz take the whole sample.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    pandas.DataFrame
        Columns `record_type`, `model_version`, `algorithm`, `candidate_id`, `k`, `cluster_id`,
        `prototype_id`, `name`, `parameter`, `value`, `detail`; text, nullable integers, and a double
        (`value`, NaN for null). `model_version` and `algorithm` stand on every row.

        Rows by `record_type`: their `name` (or `parameter`, where said) and their `value` (or `detail`)::

            model: one row per fact
                outcome                        detail: see below
                reason                         detail: one sentence on the choice of k
                k, elbow_k                     chosen k, and that of the elbow; null if there is none
                n_rows, n_distinct_rows        rows of the sample, and different ones after the transform
                n_features, n_features_used    features named, and in use
                n_missing, n_infinite          nulls and infinities in the features named
                n_components                   dimensions of the prototypes
                explained_variance_share       share of the variance that PCA keeps, 1 without PCA
                silhouette_rows                rows on which silhouette was taken
                least_cluster_size             rows asked of the smallest cluster
                transform, selection           detail: the argument
                fill_with_max                  detail: the names in use, joined by a comma; null if none
                every other argument           the number (`features`, `indicators` and `id_column` have no row)
                seconds                        duration of the whole call
            candidate: one row per k and metric; candidate_id (kmeans_4) and k filled
                silhouette                     -1 to 1; null if undefined
                davies_bouldin                 0 is best; null if undefined
                calinski_harabasz              more is better; null if undefined
                inertia                        sum of squared distances to the prototypes
                smallest_cluster_size          rows of the sample
                is_eligible, is_chosen, elbow  0 or 1
                seconds                        duration of the fit
            feature: one row per feature and parameter; name is the feature, parameter is
                is_used                        0 or 1; detail: the reason if 0
                position                       place in `features` and `indicators`, from 1
                is_indicator                   0 or 1
                n_missing, n_infinite          nulls and infinities in the sample
                fill_value                     in the feature's own unit; this and the rest only if used
                lambda                         power of yeo_johnson, else null
                lower, upper                   clip bounds after the transform
                center, scale                  after the transform
                pca_mean                       after scaling; 0 without PCA
            component: one row per feature and component, none without PCA; name is the feature, parameter is
                component_1 and so on          loading
            prototype: one row per prototype and component; candidate_id, k, cluster_id, prototype_id filled
                component_1 and so on          coordinate, with PCA
                the feature                    coordinate, without PCA
            cluster: candidate_id, k and cluster_id filled
                size, share                    rows of the sample, and their share of it
                label                          detail: readable name
                standardised_difference        parameter is the feature: cluster mean less mean of all, in
                                               standard deviations of the scaled feature

        The outcome is `fitted`; `no_rows` or `no_usable_features` (every feature is missing throughout),
        both without candidates, prototypes and clusters; or `too_few_distinct_rows` (no feature varies),
        with one prototype and one cluster that has everybody, metrics null and k 1. Then the constant
        features are in use, with scale 1 and the reason `constant`.

        Clusters are numbered from 1 by the mean of the prototype over the components, lowest first; equal
        means by the components from first to last. The version is the algorithm and 10 hex digits of a
        SHA-256 over settings and sorted input.

    Raises
    ------
    ValueError
        If an argument is not legal, a column is absent or no number, or an id is null or comes twice.

    References
    ----------
    Rousseeuw (1987), Davies & Bouldin (1979), Caliński & Harabasz (1974), Arthur & Vassilvitskii (2007),
    Satopää et al. (2011) and Yeo & Johnson (2000), each in full where the method is.
    """
    started = time.perf_counter()
    indicators = check_names("indicators", indicators)
    features = check_names("features", [*check_names("features", features), *indicators])
    min_clusters = check_integer("min_clusters", min_clusters, 2)
    settings = {
        "features": features,
        "indicators": indicators,
        "min_clusters": min_clusters,
        "max_clusters": check_integer("max_clusters", max_clusters, min_clusters),
        "selection": check_choice("selection", selection, SELECTIONS),
        "silhouette_tolerance": check_number("silhouette_tolerance", silhouette_tolerance, 0, 2),
        "min_cluster_size": check_integer("min_cluster_size", min_cluster_size, 1),
        "min_cluster_share": check_number("min_cluster_share", min_cluster_share, 0, 0.5),
        "transform": check_choice("transform", transform, TRANSFORMS),
        "clip_quantile": check_number("clip_quantile", clip_quantile, 0, 0.1),
        "fill_with_max": sorted(set(check_names("fill_with_max", fill_with_max)) & set(features)),
        "pca_components": check_integer("pca_components", pca_components, 0),
        "n_starts": check_integer("n_starts", n_starts, 1),
        "silhouette_sample_size": check_integer("silhouette_sample_size", silhouette_sample_size, 2),
        "seed": check_integer("seed", seed, 0, 2**32 - 1),
    }
    check_choice("algorithm", algorithm, ["kmeans"])
    ids, frame = _sort_by_id(frame, id_column)
    values = numeric_matrix(frame, features)
    version = model_version(algorithm, settings, ids, values)
    least_size = max(settings["min_cluster_size"], int(np.ceil(round(min_cluster_share * len(frame), 6))))

    with threadpool_limits(limits=1):
        transformer = CustomerTransformer(
            features,
            indicators=indicators,
            transformation=transform,
            clip_quantile=clip_quantile,
            fill_with_max=settings["fill_with_max"],
            pca_components=pca_components,
        ).fit(frame)
        scaled = transformer.scale(frame)
        X = transformer.project(scaled)
        n_distinct = len(pd.DataFrame(X).drop_duplicates()) if transformer.features_ else min(len(frame), 1)
        silhouette_rows = draw_rows(len(frame), settings["silhouette_sample_size"], settings["seed"])
        if not transformer.features_:
            segmenters, measured = [], []
        else:
            ks = range(min(min_clusters, n_distinct), min(max_clusters, n_distinct) + 1)
            segmenters, measured = _fit_candidates(X, ks, algorithm, n_starts, seed, silhouette_rows)
        candidates = [
            Candidate(s.n_clusters, m["silhouette"], m["inertia"], int(m["smallest_cluster_size"]))
            for s, m in zip(segmenters, measured, strict=True)
        ]
        outcome, choice = _conclude(frame, transformer, candidates, selection, silhouette_tolerance, least_size)

    rows = []
    for segmenter, metrics, candidate in zip(segmenters, measured, candidates, strict=True):
        k, candidate_id = candidate.k, f"{algorithm}_{candidate.k}"
        is_chosen = k == choice.k
        flags = {
            "is_eligible": float(candidate.is_eligible(least_size)),
            "is_chosen": float(is_chosen),
            "elbow": float(k == choice.elbow_k),
        }
        rows += candidate_rows(candidate_id, k, metrics | flags)
        if is_chosen:
            labels = segmenter.labels_
            differences = standardised_differences(scaled, labels)
            names = name_clusters(differences, transformer.features_)
            rows += segmenter_rows(segmenter, transformer.component_names_, candidate_id, k)
            rows += cluster_rows(labels, differences, names, transformer.features_, candidate_id, k)
    rows += transformer_rows(transformer)
    arguments = {name: ", ".join(x) if isinstance(x, list) else x for name, x in settings.items()}
    del arguments["features"], arguments["indicators"]
    facts = {
        "outcome": outcome,
        "reason": choice.reason,
        "k": choice.k,
        "elbow_k": choice.elbow_k,
        "n_rows": len(frame),
        "n_distinct_rows": n_distinct,
        "n_features": len(features),
        "n_features_used": len(transformer.features_),
        "n_missing": int(transformer.n_missing_.sum()),
        "n_infinite": int(transformer.n_infinite_.sum()),
        "n_components": len(transformer.component_names_),
        "explained_variance_share": transformer.explained_variance_share_,
        "silhouette_rows": len(silhouette_rows),
        "least_cluster_size": least_size,
    }
    rows = model_rows(facts | arguments | {"seconds": time.perf_counter() - started}) + rows
    return build_frame(rows, version, algorithm)


@dataclass(frozen=True)
class ClusteringPredictor:
    """A clustering read back from its artifacts.

    Attributes
    ----------
    transformer : CustomerTransformer
        Fitted.
    segmenter : PrototypeSegmenter or None
        Fitted; None if the fit ended without prototypes.
    model_version : str
    """

    transformer: CustomerTransformer
    segmenter: PrototypeSegmenter | None
    model_version: str

    def predict(self, frame: pd.DataFrame) -> pd.Series:
        """Return the cluster of each customer, with the index of `frame`.

        Parameters
        ----------
        frame : pandas.DataFrame
            Has the features in use; nulls are allowed.

        Returns
        -------
        pandas.Series of Int64
            Named `cluster_id`; null throughout if the fit ended without prototypes.
        """
        if self.segmenter is None:
            return pd.Series(pd.NA, index=frame.index, dtype="Int64", name="cluster_id")
        labels = self.segmenter.predict(self.transformer.transform(frame))
        return pd.Series(labels, index=frame.index, dtype="Int64", name="cluster_id")


def load_clustering(artifacts: pd.DataFrame) -> ClusteringPredictor:
    """Rebuild transformer and segmenter from an artifact frame.

    Parameters
    ----------
    artifacts : pandas.DataFrame
        As `fit_clustering` returns it, or as read back from a table, in any row order.

    Returns
    -------
    ClusteringPredictor

    Raises
    ------
    ValueError
        If the frame does not hold exactly one model version.
    """
    versions = sorted(artifacts["model_version"].dropna().unique())
    if len(versions) != 1:
        raise ValueError(f"artifacts must hold one model_version; got {len(versions)} ({', '.join(versions)}).")
    transformer = read_transformer(artifacts)
    segmenter = read_segmenter(artifacts, transformer.component_names_)
    return ClusteringPredictor(transformer, segmenter, versions[0])


def _sort_by_id(frame: pd.DataFrame, id_column: str) -> tuple[list[str], pd.DataFrame]:
    """Return the ids as text, sorted, and the frame in their order."""
    if id_column not in frame.columns:
        raise ValueError(
            f"id_column must be a column of the frame ({', '.join(map(str, frame.columns))}); got {id_column!r}."
        )
    if frame[id_column].isna().any():
        raise ValueError(f"id_column {id_column!r} must have no null; got {frame[id_column].isna().sum()}.")
    ids = np.array([str(x) for x in frame[id_column]], dtype=object)
    order = np.argsort(ids, kind="stable")
    ids = ids[order].tolist()
    twice = [one for one, other in pairwise(ids) if one == other]
    if twice:
        raise ValueError(
            f"id_column {id_column!r} must have different values; {twice[0]!r} comes more than once "
            f"({len(twice)} rows too many in all)."
        )
    return ids, frame.iloc[order].reset_index(drop=True)


def _fit_candidates(
    X: np.ndarray, ks: Sequence[int], algorithm: str, n_starts: int, seed: int, silhouette_rows: np.ndarray
) -> tuple[list[PrototypeSegmenter], list[dict[str, float]]]:
    """Fit one segmenter per k and measure each."""
    segmenters, measured, labelings = [], [], []
    for k in ks:
        started = time.perf_counter()
        segmenter = ALGORITHMS[algorithm].segmenter(n_clusters=k, n_starts=n_starts, seed=seed).fit(X)
        seconds = time.perf_counter() - started
        labels = segmenter.labels_
        sizes = np.bincount(labels, minlength=k + 1)[1:]
        metrics = {
            "silhouette": np.nan,
            "davies_bouldin": davies_bouldin(X, labels),
            "calinski_harabasz": calinski_harabasz(X, labels),
            "inertia": segmenter.inertia_,
            "smallest_cluster_size": float(sizes.min()),
            "seconds": seconds,
        }
        segmenters.append(segmenter)
        measured.append(metrics)
        labelings.append(labels[silhouette_rows])
    for metrics, score in zip(measured, silhouette_scores(X[silhouette_rows], labelings), strict=True):
        metrics["silhouette"] = score
    return segmenters, measured


def _conclude(
    frame: pd.DataFrame,
    transformer: CustomerTransformer,
    candidates: Sequence[Candidate],
    selection: str,
    tolerance: float,
    least_size: int,
) -> tuple[str, Choice]:
    """Return the outcome of the fit and the chosen number of clusters."""
    if not len(frame):
        return "no_rows", Choice(None, "The sample has no rows, so there are no clusters.", None)
    if not candidates:
        reason = "No feature has a value that can be used, so there are no clusters."
        return "no_usable_features", Choice(None, reason, None)
    if transformer.is_constant_:
        reason = "No feature varies between the customers, so all are in one cluster."
        return "too_few_distinct_rows", Choice(1, reason, None)
    return "fitted", choose(candidates, selection=selection, tolerance=tolerance, least_size=least_size)
