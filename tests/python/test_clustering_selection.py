"""The rule that chooses among candidates, and the confidence it has."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score
from threadpoolctl import threadpool_limits

from strate.clustering import fit_clustering
from strate.clustering.candidate import Candidate
from strate.clustering.evidence import Effort, conclude, refit_of, with_evidence
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.registry import ALGORITHMS, Bounds
from strate.clustering.rule import CONFIDENCES, Rule, Selection, faults, finalists, select
from strate.clustering.search import search

DATA = Path(os.environ.get("STRATE_DATA", "../shared/data"))
BOUNDS, RULE = Bounds(2, 6, 120, 10), Rule()
TWO, THREE, SIX = np.repeat([1, 2], 60), np.repeat([1, 2, 3], 40), np.repeat(np.arange(1, 7), 20)
CROSSED = np.tile([1, 2], 60)


def candidate(algorithm: str, labels: np.ndarray, cut_contrast: float, **known) -> Candidate:
    """Return a complete candidate with these labels and measures."""
    segmenter = PrototypeSegmenter()
    segmenter.labels_ = labels
    segmenter.n_clusters_ = len(np.unique(labels[labels > 0]))
    k = segmenter.n_clusters_
    known = {"silhouette": 0.4, "inertia": 100 / max(k, 1), "smallest_cluster_size": 20} | known
    name = f"{algorithm}_{k}"
    return Candidate(k, candidate_id=name, algorithm=algorithm, cut_contrast=cut_contrast, segmenter=segmenter, **known)


def choose_among(*candidates: Candidate, rule: Rule = RULE) -> Selection:
    return select(candidates, finalists(candidates, BOUNDS, rule), BOUNDS, rule)


def test_best_contrast_wins_and_the_simpler_within_the_tolerance():
    kmeans, genie = candidate("kmeans", CROSSED, 0.2), candidate("genie", TWO, 0.9)
    assert choose_among(kmeans, genie).candidate is genie
    assert choose_among(replace(kmeans, cut_contrast=0.86), genie).candidate.algorithm == "kmeans"
    assert choose_among(genie, replace(kmeans, cut_contrast=0.86)).candidate.algorithm == "kmeans"


def test_a_good_simple_one_stays_only_against_another_number_of_clusters():
    genie = candidate("genie", TWO, 0.9)
    assert choose_among(candidate("kmeans", THREE, 0.6), genie).candidate.algorithm == "kmeans"
    assert choose_among(candidate("kmeans", THREE, 0.4), genie).candidate.algorithm == "genie"
    assert choose_among(candidate("kmeans", CROSSED, 0.6), genie).candidate.algorithm == "genie"


def test_on_one_cloud_the_simplest_that_comes_back_is_chosen():
    genie = candidate("genie", TWO, 0.2, stability=0.9)
    assert choose_among(candidate("kmeans", CROSSED, -0.4, stability=0.85), genie).candidate.algorithm == "kmeans"
    assert choose_among(candidate("kmeans", CROSSED, -0.4, stability=0.6), genie).candidate.algorithm == "genie"
    assert (
        choose_among(candidate("kmeans", CROSSED, -0.4), replace(genie, stability=np.nan)).candidate.algorithm
        == "genie"
    )
    assert choose_among(candidate("kmeans", CROSSED, -0.4, stability=0.85), genie).confidence == "low"


def test_a_simpler_one_that_says_the_same_stays_if_it_is_compact():
    nearly = TWO.copy()
    nearly[0] = 2
    genie = candidate("genie", TWO, 0.9)
    assert choose_among(candidate("kmeans", nearly, 0.1, silhouette=0.6), genie).candidate.algorithm == "kmeans"
    assert choose_among(candidate("kmeans", nearly, 0.1, silhouette=0.4), genie).candidate.algorithm == "genie"


@pytest.mark.parametrize(
    ("known", "fault"),
    [
        ({"smallest_cluster_size": 9}, "a cluster of fewer than 10 customers"),
        ({"noise_share": 0.2}, "20% noise"),
        ({"agreement": 0.9}, "prototypes repeat only 90.0%"),
        ({"stability": 0.3}, "stability 0.30"),
        ({"null_p_value": 0.4}, "p = 0.40 without structure"),
        ({"state": "pruned", "detail": "worse"}, "pruned: worse"),
    ],
)
def test_candidates_with_a_fault_are_out(known, fault):
    genie, kmeans = candidate("genie", TWO, 0.9, **known), candidate("kmeans", CROSSED, 0.2)
    assert faults(genie, BOUNDS, RULE) == [fault]
    assert faults(kmeans, BOUNDS, RULE) == []
    assert choose_among(kmeans, genie).candidate is kmeans


def test_numbers_of_clusters_keep_to_the_bounds():
    assert faults(candidate("genie", np.ones(120, dtype=int), 0.9), BOUNDS, RULE) == ["1 clusters"]
    assert faults(candidate("dbscan", SIX, 0.9), replace(BOUNDS, max_clusters=5), RULE) == ["6 clusters"]


def test_if_all_have_a_fault_one_is_chosen_with_low_confidence():
    selection = choose_among(candidate("kmeans", TWO, 0.9, smallest_cluster_size=3))
    assert selection.candidate.algorithm == "kmeans"
    assert selection.confidence == "low"
    nothing = choose_among(candidate("hdbscan", np.zeros(120, dtype=int), np.nan))
    assert (nothing.candidate, nothing.confidence) == (None, "low")


def test_within_an_algorithm_silhouette_or_contrast_decides():
    kmeans = [candidate("kmeans", TWO, 0.9, silhouette=0.4), candidate("kmeans", THREE, 0.1, silhouette=0.6)]
    assert finalists(kmeans, BOUNDS, RULE)[0].k == 3
    genie = [candidate("genie", TWO, 0.9, silhouette=0.1), candidate("genie", THREE, 0.1, silhouette=0.6)]
    assert finalists(genie, BOUNDS, RULE)[0].k == 2
    near = [candidate("genie", TWO, 0.89), candidate("genie", THREE, 0.9)]
    assert finalists(near, BOUNDS, RULE)[0].k == 2


def test_elbow_can_decide_for_kmeans():
    curve = zip((TWO, THREE, SIX), (100, 20, 18), (0.6, 0.4, 0.5), strict=True)
    kmeans = [candidate("kmeans", labels, 0.5, inertia=i, silhouette=s) for labels, i, s in curve]
    assert finalists(kmeans, BOUNDS, Rule(selection="elbow"))[0].k == 3
    assert finalists(kmeans, BOUNDS, RULE)[0].k == 2
    assert choose_among(*kmeans).elbow_k == 3


def test_confidence_falls_with_each_kind_of_doubt():
    genie = candidate("genie", TWO, 0.9)
    assert choose_among(genie).confidence == "high"
    assert choose_among(replace(genie, cut_contrast=0.4)).confidence == "low"
    assert choose_among(replace(genie, stability=0.7)).confidence == "medium"
    assert choose_among(replace(genie, agreement=0.97)).confidence == "medium"
    assert choose_among(genie, candidate("ward", TWO, 0.2), candidate("hdbscan", SIX, 0.2)).confidence == "high"
    assert choose_among(genie, candidate("ward", CROSSED, 0.2)).confidence == "low"
    contradicted = candidate("kmeans", SIX, 0.6), candidate("ward", SIX, 0.5)
    assert choose_among(*contradicted, genie).confidence == "low"
    assert choose_among(*contradicted, replace(genie, stability=0.6)).confidence == "high"


@pytest.mark.parametrize("shape", ["blobs", "moons"])
def test_the_engine_from_end_to_end(shape):
    if shape == "blobs":
        X, truth = make_blobs(500, centers=[[0, 0], [9, 0], [0, 9]], random_state=1)
    else:
        X, truth = make_moons(500, noise=0.05, random_state=1)
    bounds = Bounds(2, 6, 500, 10)
    candidates = search(X, ["kmeans", "ward", "genie"], bounds, n_trials=12)
    judged, _, selection = conclude(X, candidates, bounds, RULE, effort=Effort(5, 19, max_rows=300))
    assert adjusted_rand_score(truth, selection.candidate.labels) > 0.98
    assert selection.candidate.algorithm == ("kmeans" if shape == "blobs" else "genie")
    assert selection.confidence in CONFIDENCES[: 1 if shape == "blobs" else 3]
    assert [c.candidate_id for c in judged] == [c.candidate_id for c in candidates]
    assert any(c is selection.candidate for c in judged)
    assert selection.candidate.stability > 0.8
    assert selection.candidate.null_p_value == pytest.approx(0.05)
    assert sum(np.isfinite(c.stability) for c in judged) <= 3


def test_a_cloud_without_clusters_gets_low_confidence():
    X = np.random.RandomState(0).normal(size=(400, 3))
    bounds = Bounds(2, 4, 400, 10)
    candidates = search(X, ["kmeans", "genie"], bounds, n_trials=8)
    _, _, selection = conclude(X, candidates, bounds, RULE, effort=Effort(5, 9, max_rows=200))
    assert selection.confidence == "low"


def test_evidence_takes_parameters_to_the_size_of_the_draw():
    X, _ = make_blobs(2000, centers=[[0, 0], [9, 0], [0, 9]], random_state=1)
    (one,) = search(X, ["hdbscan"], Bounds(2, 4, 2000, 400), n_trials=1)
    assert one.parameters["min_cluster_size"] >= 400
    # 400 of 300 rows would be one cluster or none.
    judged = with_evidence(
        one, refit_of(one, 2000), X, np.array, least_size=400, effort=Effort(4, 4, max_rows=300), seed=7
    )
    assert judged.stability > 0.9


def test_only_density_may_call_rows_noise():
    X = np.random.RandomState(1).uniform(size=(300, 2))
    for name, algorithm in ALGORITHMS.items():
        if not algorithm.is_density:
            found = search(X, [name], Bounds(3, 3, 300, 10), n_trials=1)
            assert found[0].noise_share == 0


def test_neither_row_order_nor_threads_matter_to_any_algorithm():
    X, _ = make_moons(240, noise=0.05, random_state=1)
    frame = pd.DataFrame(X, columns=["a", "b"]).assign(customer_id=[f"c{i:03d}" for i in range(240)])
    few = {"n_trials": 3, "n_starts": 2, "n_resamples": 2, "n_null_draws": 2, "evidence_rows": 120}
    settings = {"features": ["a", "b"], "transform": "none", "algorithms": list(ALGORITHMS), **few}
    one = fit_clustering(frame, **settings)
    with threadpool_limits(limits=2):
        other = fit_clustering(frame.sample(frac=1, random_state=5), **settings)
    clockless = [rows[rows["name"] != "seconds"].reset_index(drop=True) for rows in (one, other)]
    pd.testing.assert_frame_equal(*clockless, check_exact=True)


@pytest.mark.skipif(not (DATA / "mall_customers").exists(), reason="no mall_customers in STRATE_DATA")
def test_mall_customers_are_five_unaided():
    frame = pd.read_parquet(DATA / "mall_customers/mall_customers.parquet")
    X = frame[["annual_income_thousands", "spending_score"]].to_numpy(dtype="float64")
    X = (X - X.mean(axis=0)) / X.std(axis=0)
    bounds = Bounds(2, 8, len(X), 10)
    _, _, selection = conclude(
        X, search(X, list(ALGORITHMS), bounds, n_trials=16), bounds, RULE, effort=Effort(10, 19, max_rows=200)
    )
    assert selection.candidate.candidate_id == "kmeans_5"
    assert selection.candidate.silhouette == pytest.approx(0.554, abs=0.002)
