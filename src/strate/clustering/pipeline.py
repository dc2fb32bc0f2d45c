"""From components to the chosen clustering: search, evidence, choice, merges."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from strate.clustering.candidate import Candidate
from strate.clustering.customer_transformer import CustomerTransformer
from strate.clustering.evidence import Effort, conclude, refit_of
from strate.clustering.judgement import Judgement, Sample, judge
from strate.clustering.kmeans_segmenter import KMeansSegmenter
from strate.clustering.measures import Measures
from strate.clustering.metrics import silhouette_scores
from strate.clustering.naming import EVERYBODY
from strate.clustering.prototype_segmenter import NOISE, PrototypeSegmenter
from strate.clustering.registry import Bounds
from strate.clustering.rule import Rule, Selection, faults
from strate.clustering.sampling import draw_rows
from strate.clustering.search import search

HIERARCHIES = ("ward", "average_linkage")
"""Algorithms whose tree of merges is drawn, the first that was tried. Genie's grows in chains, which show nothing."""


@dataclass(frozen=True)
class Fitted:
    """How a fit ended.

    `chosen`, `segmenter` and `judgement` are None if there are no clusters.
    """

    outcome: str
    selection: Selection
    n_distinct: int
    candidates: list[Candidate]
    final: list[Candidate]
    bounds: Bounds
    rule: Rule
    chosen: Candidate | None = None
    judgement: Judgement | None = None

    @property
    def segmenter(self) -> PrototypeSegmenter | None:
        """The chosen segmenter, its clusters merged and renumbered."""
        return self.chosen.segmenter if self.chosen else None

    def flags_of(self, candidate: Candidate) -> dict[str, float]:
        """Return what became of one candidate, as 0 or 1."""
        is_kmeans = candidate.algorithm == "kmeans"
        return {
            "is_eligible": float(not faults(candidate, self.bounds, self.rule)),
            "is_chosen": float(self.chosen is not None and candidate.candidate_id == self.chosen.candidate_id),
            "elbow": float(is_kmeans and candidate.k == self.selection.elbow_k),
        }

    def pictured(self) -> list[Candidate]:
        """Return the finalists whose tree of merges and curve of k-distances are drawn."""
        by_name = {candidate.algorithm: candidate for candidate in self.final}
        trees = [by_name[name] for name in HIERARCHIES if name in by_name][:1]
        return trees + ([by_name["dbscan"]] if "dbscan" in by_name else [])


def run_pipeline(sample: Sample, transformer: CustomerTransformer, settings: dict[str, Any], least_size: int) -> Fitted:
    """Search, choose and judge.

    Parameters
    ----------
    sample : Sample
    transformer : CustomerTransformer
        Fitted; what `sample` was made with.
    settings : dict
        Arguments of `fit_clustering` by name, checked.
    least_size : int
        Rows asked of the smallest cluster.
    """
    n_rows, X, seed = len(sample.values), sample.components, settings["seed"]
    n_distinct = len(np.unique(X, axis=0)) if transformer.features_ else min(n_rows, 1)
    bounds = Bounds(
        min_clusters=min(settings["min_clusters"], n_distinct),
        max_clusters=min(settings["max_clusters"], n_distinct),
        n_rows=n_rows,
        least_size=least_size,
        distance_threshold=settings["distance_threshold"],
    )
    rule = Rule(
        selection=settings["selection"],
        silhouette_tolerance=settings["silhouette_tolerance"],
        max_noise_share=settings["max_noise_share"],
        min_agreement=settings["min_agreement"],
    )

    def ended(outcome: str, reason: str) -> Fitted:
        return Fitted(outcome, Selection(None, reason, None, [], None), n_distinct, [], [], bounds, rule)

    if not n_rows:
        return ended("no_rows", "The sample has no rows, so there are no clusters.")
    if not transformer.features_:
        return ended("no_usable_features", "No feature has a value that can be used, so there are no clusters.")
    if transformer.is_constant_:
        found = ended("too_few_distinct_rows", "No feature varies between the customers, so all are in one cluster.")
        everybody = _one_cluster(X)
        judgement = Judgement([], np.zeros((1, len(sample.features))), [{"label": EVERYBODY}], pd.DataFrame(), {})
        return replace(found, candidates=[everybody], chosen=everybody, judgement=judgement)

    common = {"n_starts": settings["n_starts"], "max_prototypes": settings["max_prototypes"]}
    candidates = search(
        X,
        settings["algorithms"],
        bounds,
        n_trials=settings["n_trials"],
        silhouette_rows=settings["silhouette_sample_size"],
        seed=seed,
        **common,
    )
    effort = Effort(
        settings["n_resamples"], settings["n_null_draws"], settings["null_model"], settings["evidence_rows"]
    )
    candidates, final, selection = conclude(
        sample.values,
        candidates,
        bounds,
        rule,
        effort=effort,
        project=transformer.project,
        max_prototypes=settings["max_prototypes"],
        seed=seed,
    )
    chosen = selection.candidate
    outcome, judgement = "no_clusters", None
    if chosen is not None:
        judgement = judge(
            chosen.segmenter,
            refit_of(chosen, n_rows, settings["max_prototypes"]),
            sample,
            least_size=least_size,
            n_resamples=effort.n_resamples,
            max_rows=effort.max_rows,
            seed=seed,
        )
        outcome = "fitted" if chosen.segmenter.n_clusters_ > 1 else "merged_into_one"
        if judgement.merges:
            chosen = _measured_again(chosen, sample.components, settings, least_size)
            merged = f"{len(judgement.merges)} of its clusters were merged into others, which leaves {chosen.k}."
            selection = replace(selection, reason=f"{selection.reason} {merged}")
    known = {c.candidate_id: c for c in [*final, *([chosen] if chosen else [])]}
    candidates = [known.get(c.candidate_id, c) for c in candidates]
    return Fitted(outcome, selection, n_distinct, candidates, final, bounds, rule, chosen, judgement)


def _one_cluster(X: np.ndarray) -> Candidate:
    """Return the candidate that has everybody in one cluster."""
    segmenter = KMeansSegmenter(1, n_starts=1).fit(X)
    return Candidate(
        k=1,
        candidate_id="kmeans_1",
        algorithm="kmeans",
        parameters={"n_clusters": 1},
        smallest_cluster_size=len(X),
        inertia=segmenter.inertia_,
        n_prototypes=1,
        segmenter=segmenter,
    )


def _measured_again(chosen: Candidate, X: np.ndarray, settings: dict[str, Any], least_size: int) -> Candidate:
    """Return the chosen candidate with the measures that its clusters have after the merges."""
    labels, seed = chosen.labels, settings["seed"]
    measures = Measures(X, least_size=least_size, seed=seed)
    rows = draw_rows(len(X), settings["silhouette_sample_size"], seed)
    return replace(
        chosen,
        k=chosen.segmenter.n_clusters_,
        smallest_cluster_size=int(np.bincount(labels)[1:].min()),
        silhouette=silhouette_scores(X[rows], [labels[rows]], noise=NOISE)[0],
        **measures.of_all_rows(labels),
        **measures.cuts(labels),
    )
