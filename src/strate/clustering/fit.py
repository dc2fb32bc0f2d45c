"""Fit a clustering on a sample of customers."""

import time
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from strate.checks import check_choice, check_integer, check_names, check_number, numeric_matrix
from strate.clustering.artifacts import (
    build_frame,
    candidate_rows,
    cluster_rows,
    curve_rows,
    input_hash,
    merge_rows,
    model_rows,
    segmenter_rows,
    separation_rows,
    transformer_rows,
)
from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.judgement import Sample
from strate.clustering.null_model import NULLS
from strate.clustering.pipeline import run_pipeline
from strate.clustering.registry import ALGORITHMS
from strate.clustering.selection import SELECTIONS
from strate.clustering.surrogate import Surrogate, explain_clusters
from strate.clustering.transforms import TRANSFORMS
from strate.threads import one_thread


def fit_clustering(
    frame: pd.DataFrame,
    past: pd.DataFrame | None = None,
    *,
    id_column: str = "customer_id",
    features: Sequence[str],
    indicators: Sequence[str] = (),
    revenue_column: str = "outcome_revenue",
    next_revenue_column: str = "next_revenue",
    algorithms: Sequence[str] = ("kmeans",),
    min_clusters: int = 2,
    max_clusters: int = 8,
    distance_threshold: float = 0.0,
    n_trials: int = 30,
    selection: str = "silhouette",
    silhouette_tolerance: float = 0.02,
    min_cluster_size: int = 1,
    min_cluster_share: float = 0.0,
    max_noise_share: float = 0.1,
    min_agreement: float = 0.95,
    transform: str = "log",
    clip_quantile: float = 0.001,
    fill_with_max: Sequence[str] = (),
    pca_components: int = 0,
    max_prototypes: int = 64,
    n_starts: int = 10,
    silhouette_sample_size: int = 10_000,
    n_resamples: int = 20,
    n_null_draws: int = 19,
    null_model: str = "shuffled",
    evidence_rows: int = 1_000,
    seed: int = 7,
) -> pd.DataFrame:
    """Cluster a sample of customers and return all that was learned as one long frame.

    Every algorithm is tried with many parameters (`search`). The best of each gets its evidence
    (`gather_evidence`), and a stated rule chooses among them (`select`). Clusters of the chosen one that are
    too small or not worth a split are merged, and those that are left are described (`judge`).

    Rows are sorted by id first and everything runs on one thread, so the result depends neither on the
    order of the rows nor on the number of threads; only the two kinds of row named `seconds` differ from
    run to run.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row per customer of the sample. Nulls are allowed in features; an infinite value counts as
        missing.
    past : pandas.DataFrame, optional
        The same columns for customers as they were at an earlier date, and what they paid since. It says
        whether clusters foretell revenue, and has no say in what they are.
    id_column : str
        Column of customer ids, different and never null.
    features : sequence of str
        Numeric columns to cluster on. Those that are wholly missing or constant are left out, with the
        reason in their row.
    indicators : sequence of str
        Further columns, of 0 and 1, one for each level of a nominal column: see `CustomerTransformer`.
    revenue_column, next_revenue_column : str
        Columns of `frame` and of `past` that say what customers are worth; without one nothing is known.
    algorithms : sequence of str
        Keys of `ALGORITHMS`. One alone is thereby chosen.
    min_clusters, max_clusters : int
        Numbers of clusters to try, 2 or more, both capped at the number of distinct rows. If they are equal
        the number is thereby chosen.
    distance_threshold : float
        Height above which Ward and average linkage merge nothing, as the dendrogram shows it; 0 searches
        their number of clusters.
    n_trials : int
        Most trials of one algorithm.
    selection : {'silhouette', 'elbow'}
        How K-means gets its number of clusters: see `choose`.
    silhouette_tolerance : float
        Loss of silhouette accepted for fewer clusters, 0 to 2.
    min_cluster_size : int
        Least rows of the sample in the smallest cluster of an eligible candidate.
    min_cluster_share : float
        The same as a share of the sample, 0 to 0.5; the larger of the two counts.
    max_noise_share : float
        Most rows in no cluster, as a share, for a candidate to be eligible.
    min_agreement : float
        Least share of rows for which prototypes repeat the algorithm, for a candidate to be eligible.
    transform, clip_quantile, fill_with_max, pca_components
        See `CustomerTransformer`, whose `transformation` is `transform`.
    max_prototypes : int
        Most prototypes of one candidate; see `distil`.
    n_starts : int
        Starts of each candidate of K-means.
    silhouette_sample_size : int
        Most rows on which silhouette is taken (its time is quadratic), drawn without replacement by
        `seed`. Davies-Bouldin and Calinski-Harabasz take the whole sample.
    n_resamples, n_null_draws, null_model, evidence_rows
        See `Effort`.
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    pandas.DataFrame
        Columns `record_type`, `model_version`, `algorithm`, `candidate_id`, `k`, `cluster_id`,
        `prototype_id`, `name`, `parameter`, `value`, `detail`; text, nullable integers, and a double
        (`value`, NaN for null). `model_version` stands on every row, `algorithm` on every row too: that of
        the candidate, or else the chosen one.

        Rows by `record_type`: their `name` (or `parameter`, where said) and their `value` (or `detail`)::

            model: one row per fact
                outcome                        detail: see below
                reason                         detail: one sentence on the choice
                confidence                     detail: high, medium or low
                confidence_reason              detail: what speaks against the choice; null if nothing
                k, elbow_k                     final number of clusters, and the elbow of K-means; or null
                n_rows, n_distinct_rows        rows of the sample, and different ones after the transform
                n_features, n_features_used    features named, and in use
                n_missing, n_infinite          nulls and infinities in the features named
                n_components                   dimensions of the prototypes
                explained_variance_share       share of the variance that PCA keeps, 1 without PCA
                silhouette_rows                rows on which silhouette was taken
                least_cluster_size             rows asked of the smallest cluster
                revenue_explained, revenue_status, next_revenue_explained, next_revenue_status
                                               see `Judgement`
                surrogate_fidelity, surrogate_outcome
                                               see `Surrogate`
                algorithms, transform, selection, null_model
                                               detail: the argument
                fill_with_max                  detail: the names in use, joined by a comma; null if none
                every other argument           the number (columns and frames have no row)
                seconds                        duration of the whole call
            candidate: one row per trial and metric; candidate_id (kmeans_4) and k filled
                state, state_reason            detail: complete, pruned or failed, and why
                parameters                     detail: as JSON
                silhouette ... noise_share     see `Candidate`; null if undefined or not taken
                prototype_count                number of prototypes
                smallest_cluster_size          rows of the sample
                is_eligible, is_chosen, elbow  0 or 1
                seconds                        duration of fit and measures
            merge_tree, k_distance: for pictures; candidate_id and prototype_id (the step) filled
                left, right, height, size      see `merge_tree_` of the segmenter
                distance                       see `k_distances_` of the segmenter
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
                f_statistic ... q_value        see `separation`; effect is a detail
            component: one row per feature and component, none without PCA; name is the feature, parameter is
                component_1 and so on          loading
            prototype: one row per prototype and component; candidate_id, k, cluster_id, prototype_id filled
                component_1 and so on          coordinate, with PCA
                the feature                    coordinate, without PCA
                null, parameter reach          squared distance beyond which is noise, where there is one
            cluster: candidate_id, k and cluster_id filled
                size, share                    rows of the sample, and their share of it
                label                          detail: readable name
                recovery ... next_revenue_adds see `Judgement`
                rule, rule_precision, rule_coverage
                                               see `Rule` in `surrogate`; rule is a detail
                standardised_difference        parameter is the feature: cluster mean less mean of all, in
                                               standard deviations of the scaled feature
            merge: prototype_id (the step) and cluster_id (the absorbed one) filled
                into_cluster ... explained_share
                                               see `Merge`; reason and sentence are details

        The outcome is `fitted`; `no_rows`, `no_usable_features` (every feature is missing throughout) or
        `no_clusters` (no algorithm found two), all three without prototypes and clusters;
        `too_few_distinct_rows` (no feature varies), with one prototype and one cluster that has everybody,
        and metrics null; or `merged_into_one` (clusters were chosen, and no split was worth keeping). After
        `too_few_distinct_rows` the constant features are in use, with scale 1 and the reason `constant`.

        Clusters are numbered from 1 by their mean over the components, lowest first; equal means by the
        components from first to last. Number 0 is noise. The version is the chosen algorithm and 10 hex
        digits of a SHA-256 over settings and sorted input. Where clusters were merged, the metrics of the
        chosen candidate are those after the merges.

    Raises
    ------
    ValueError
        If an argument is not legal, a column is absent or no number, or an id is null or comes twice.
    """
    started = time.perf_counter()
    indicators = check_names("indicators", indicators)
    features = check_names("features", [*check_names("features", features), *indicators])
    min_clusters = check_integer("min_clusters", min_clusters, 2)
    algorithms = check_names("algorithms", algorithms)
    settings = {
        "features": features,
        "indicators": indicators,
        "algorithms": [check_choice("algorithms", name, ALGORITHMS) for name in algorithms],
        "min_clusters": min_clusters,
        "max_clusters": check_integer("max_clusters", max_clusters, min_clusters),
        "distance_threshold": check_number("distance_threshold", distance_threshold, 0, 1e12),
        "n_trials": check_integer("n_trials", n_trials, 1),
        "selection": check_choice("selection", selection, SELECTIONS),
        "silhouette_tolerance": check_number("silhouette_tolerance", silhouette_tolerance, 0, 2),
        "min_cluster_size": check_integer("min_cluster_size", min_cluster_size, 1),
        "min_cluster_share": check_number("min_cluster_share", min_cluster_share, 0, 0.5),
        "max_noise_share": check_number("max_noise_share", max_noise_share, 0, 1),
        "min_agreement": check_number("min_agreement", min_agreement, 0, 1),
        "transform": check_choice("transform", transform, TRANSFORMS),
        "clip_quantile": check_number("clip_quantile", clip_quantile, 0, 0.1),
        "fill_with_max": sorted(set(check_names("fill_with_max", fill_with_max)) & set(features)),
        "pca_components": check_integer("pca_components", pca_components, 0),
        "max_prototypes": check_integer("max_prototypes", max_prototypes, 2),
        "n_starts": check_integer("n_starts", n_starts, 1),
        "silhouette_sample_size": check_integer("silhouette_sample_size", silhouette_sample_size, 2),
        "n_resamples": check_integer("n_resamples", n_resamples, 1),
        "n_null_draws": check_integer("n_null_draws", n_null_draws, 1),
        "null_model": check_choice("null_model", null_model, NULLS),
        "evidence_rows": check_integer("evidence_rows", evidence_rows, 2),
        "seed": check_integer("seed", seed, 0, 2**32 - 1),
    }
    if not algorithms:
        raise ValueError(f"algorithms must name at least one of {', '.join(ALGORITHMS)}; got none.")
    ids, frame = _sort_by_id(frame, id_column)
    values = numeric_matrix(frame, features)
    least_size = max(settings["min_cluster_size"], int(np.ceil(round(min_cluster_share * len(frame), 6))))

    with one_thread():
        transformer = CustomerTransformer(
            features,
            indicators=indicators,
            transformation=transform,
            clip_quantile=clip_quantile,
            fill_with_max=settings["fill_with_max"],
            pca_components=pca_components,
        ).fit(frame)
        if past is None or not len(past):
            past = pd.DataFrame({name: pd.Series(dtype="float64") for name in [*features, next_revenue_column]})
        scaled = transformer.scale(frame)
        sample = Sample(
            values=scaled,
            components=transformer.project(scaled),
            features=transformer.features_,
            revenue=_outcome(frame, revenue_column),
            past_components=transformer.transform(past),
            next_revenue=_outcome(past, next_revenue_column),
        )
        found = run_pipeline(sample, transformer, settings, least_size)
        segmenter, chosen = found.segmenter, found.chosen
        rows = [row for candidate in found.candidates for row in candidate_rows(candidate, found.flags_of(candidate))]
        rows += [row for candidate in found.pictured() for row in curve_rows(candidate)]
        rows += transformer_rows(transformer)
        judged: dict[str, Any] = {}
        if segmenter:
            judgement = found.judgement
            surrogate = explain_clusters(frame, transformer.features_, segmenter.labels_, seed=seed)
            judged = judgement.model | {
                "surrogate_outcome": surrogate.outcome,
                "surrogate_fidelity": surrogate.fidelity,
            }
            of_clusters = [facts | _rule_of(surrogate, number) for number, facts in enumerate(judgement.clusters, 1)]
            place = {"candidate_id": chosen.candidate_id, "k": segmenter.n_clusters_}
            rows += segmenter_rows(segmenter, transformer.component_names_, place)
            rows += cluster_rows(segmenter.labels_, judgement.differences, transformer.features_, of_clusters, place)
            rows += merge_rows(judgement.merges) + separation_rows(judgement.effects)
    arguments = {name: ", ".join(x) if isinstance(x, list) else x for name, x in settings.items()}
    del arguments["features"], arguments["indicators"]
    facts = {
        "outcome": found.outcome,
        "reason": found.selection.reason,
        "confidence": found.selection.confidence,
        "confidence_reason": "; ".join(found.selection.doubts),
        "k": segmenter.n_clusters_ if segmenter else None,
        "elbow_k": found.selection.elbow_k,
        "n_rows": len(frame),
        "n_distinct_rows": found.n_distinct,
        "n_features": len(features),
        "n_features_used": len(transformer.features_),
        "n_missing": int(transformer.n_missing_.sum()),
        "n_infinite": int(transformer.n_infinite_.sum()),
        "n_components": len(transformer.component_names_),
        "explained_variance_share": transformer.explained_variance_share_,
        "silhouette_rows": min(len(frame), settings["silhouette_sample_size"]),
        "least_cluster_size": least_size,
        **judged,
    }
    rows = model_rows(facts | arguments | {"seconds": time.perf_counter() - started}) + rows
    algorithm = chosen.algorithm if chosen else None
    version = f"{algorithm or 'none'}-{input_hash(settings, ids, values)}"
    return build_frame(rows, version, algorithm)


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


def _outcome(frame: pd.DataFrame, column: str) -> np.ndarray:
    """Return a column that may be absent, as finite numbers or NaN."""
    if column not in frame.columns:
        return np.full(len(frame), np.nan)
    values = numeric_matrix(frame, [column])[:, 0]
    return np.where(np.isfinite(values), values, np.nan)


def _rule_of(surrogate: Surrogate, cluster: int) -> dict[str, Any]:
    """Return what the surrogate tells of one cluster."""
    rule = next((rule for rule in surrogate.rules if rule.cluster == cluster), None)
    if rule is None:
        return {}
    return {"rule": rule.text or "", "rule_precision": rule.precision, "rule_coverage": rule.coverage}
