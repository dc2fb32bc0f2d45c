"""The search over algorithms and parameters, and the measures it takes."""

from dataclasses import fields, replace

import numpy as np
import pytest
from sklearn.datasets import make_blobs, make_moons

from strate.clustering import search as module
from strate.clustering.candidate import Candidate
from strate.clustering.density_validity import density_validities
from strate.clustering.metrics import silhouette_scores
from strate.clustering.neighbour_graph import NeighbourGraph
from strate.clustering.registry import ALGORITHMS, Algorithm, Bounds
from strate.clustering.search import search

BOUNDS = Bounds(2, 5, 600, 10)


def blobs(n: int = 600) -> tuple[np.ndarray, np.ndarray]:
    return make_blobs(n, centers=[[0, 0], [10, 0], [0, 10]], cluster_std=0.8, random_state=3)


def moons() -> tuple[np.ndarray, np.ndarray]:
    return make_moons(600, noise=0.05, random_state=2)


def timeless(candidates: list[Candidate]) -> list[dict]:
    names = [f.name for f in fields(Candidate) if f.name not in ("seconds", "segmenter")]
    return [{name: getattr(c, name) for name in names} for c in candidates]


def test_the_whole_grid_within_the_budget_and_measures_of_all():
    X, _ = blobs()
    found = search(X, ["kmeans", "genie"], BOUNDS, n_trials=16)
    assert [c.candidate_id for c in found[:5]] == ["kmeans_2", "kmeans_3", "kmeans_4", "kmeans_5", "genie_2_0.1"]
    assert len(found) == 4 + 16
    assert {c.state for c in found} == {"complete"}
    best = max(found[:4], key=lambda c: c.silhouette)
    assert (best.k, best.smallest_cluster_size, best.n_prototypes) == (3, 200, 3)
    assert best.cut_contrast > 0.9
    assert best.conductance == pytest.approx(0, abs=0.01)
    assert best.silhouette == pytest.approx(silhouette_scores(X, [best.labels])[0])
    assert all(np.isnan(c.density_validity) for c in found)


def test_budget_bounds_the_trials_and_the_seed_decides():
    X, _ = moons()
    one = search(X, ["genie"], Bounds(2, 9, 600, 10), n_trials=10)
    assert 5 <= len(one) <= 10
    assert len({c.candidate_id for c in one}) == len(one)
    np.testing.assert_equal(timeless(search(X, ["genie"], Bounds(2, 9, 600, 10), n_trials=10)), timeless(one))
    other = search(X, ["genie"], Bounds(2, 9, 600, 10), n_trials=10, seed=8)
    assert {c.candidate_id for c in other} != {c.candidate_id for c in one}


def test_density_has_its_own_measure_and_names_its_noise():
    X, _ = moons()
    found = search(X, ["hdbscan", "dbscan"], BOUNDS)
    assert all(np.isfinite(c.density_validity) for c in found if c.segmenter.n_clusters_ > 1)
    assert all(c.noise_share == pytest.approx((c.labels == 0).mean()) for c in found)
    assert all(c.k == c.segmenter.n_clusters_ for c in found)


def test_clearly_worse_trials_are_pruned_on_many_rows_but_none_of_kmeans():
    X, _ = make_moons(4000, noise=0.05, random_state=2)
    found = search(X, ["kmeans", "genie"], Bounds(2, 6, 4000, 40), n_trials=40)
    assert {c.state for c in found if c.algorithm == "kmeans"} == {"complete"}
    genie = [c for c in found if c.algorithm == "genie"]
    pruned = [c for c in genie if c.state == "pruned"]
    assert pruned
    assert all(c.segmenter is None and c.detail and np.isnan(c.cut_contrast) for c in pruned)
    best = max((c for c in genie if c.state == "complete"), key=lambda c: c.cut_contrast)
    assert best.k == 2


def test_parameters_that_count_rows_shrink_with_the_preview():
    built = ALGORITHMS["hdbscan"].build({"min_cluster_size": 500, "min_points": 8}, 0.1, seed=3, n_starts=9)
    assert (built.min_cluster_size, built.min_points, built.seed) == (50, 8, 3)


def test_a_trial_that_fails_says_why_and_the_others_go_on(monkeypatch):
    class Broken(ALGORITHMS["ward"].segmenter):
        def fit(self, X, y=None, *, prepared=None):
            if self.n_clusters == 3:
                raise ValueError("three is too many")
            return super().fit(X, y, prepared=prepared)

    broken = Algorithm(Broken, ALGORITHMS["ward"].space, 2)
    monkeypatch.setattr(module, "ALGORITHMS", ALGORITHMS | {"ward": broken})
    states = {c.k: (c.state, c.detail) for c in search(blobs()[0], ["ward"], BOUNDS)}
    assert states[3] == ("failed", "three is too many")
    assert [states[k][0] for k in (2, 4, 5)] == ["complete"] * 3


@pytest.mark.parametrize("X", [np.full((30, 2), 1.0), np.array([[0.0], [1.0]]), np.zeros((1, 1))])
def test_degenerate_inputs_are_candidates_too(X):
    found = search(X, list(ALGORITHMS), Bounds(2, 5, len(X), 1), n_trials=4)
    assert {c.algorithm for c in found} == set(ALGORITHMS)
    assert all(c.outcome for c in found if c.state == "complete")
    assert all(c.detail for c in found if c.state == "failed")


def test_a_distance_threshold_decides_the_clusters_of_hierarchies_alone():
    X, _ = blobs()
    (ward,) = search(X, ["ward"], replace(BOUNDS, min_clusters=3, max_clusters=3))
    height = ward.segmenter.facts_["distance_threshold"]
    found = search(X, ["kmeans", "ward"], replace(BOUNDS, distance_threshold=height))
    assert [c.k for c in found if c.algorithm == "ward"] == [3]
    assert [c.k for c in found if c.algorithm == "kmeans"] == BOUNDS.ks
    (lower,) = search(X, ["ward"], replace(BOUNDS, distance_threshold=height / 100))
    assert lower.k > 3
    (above,) = search(X, ["ward"], replace(BOUNDS, distance_threshold=1e9))
    assert (above.k, above.outcome) == (1, "one_cluster")


def test_search_refuses():
    with pytest.raises(ValueError, match="algorithms must be one of 'kmeans'"):
        search(blobs()[0], ["optics"], BOUNDS)
    with pytest.raises(ValueError, match="n_trials must be an integer of at least 1"):
        search(blobs()[0], ["kmeans"], BOUNDS, n_trials=0)


def test_every_space_keeps_to_its_bounds():
    for algorithm in ALGORITHMS.values():
        space = algorithm.space(replace(BOUNDS, n_rows=50))
        assert all(values for values in space.values())
        assert set(space.get("n_clusters", [2])) <= set(range(2, 6))
    assert min(ALGORITHMS["hdbscan"].space(Bounds(2, 5, 1000, 77))["min_cluster_size"]) == 77


def test_contrast_is_best_at_the_true_clusters_whatever_their_shape():
    X, truth = moons()
    graph = NeighbourGraph(X, least_size=10)
    in_two = np.where(truth == 0, np.where(X[:, 0] > 0, 1, 3), 2)
    across = (X[:, 0] > 0.5) + 1
    assert graph.contrasts(truth + 1).min() > 0.9
    assert graph.contrasts(in_two).mean() < 0.75
    assert graph.contrasts(across).mean() < 0
    merged, truth3 = make_blobs(600, centers=[[0, 0], [10, 0], [0, 10]], cluster_std=0.8, random_state=3)
    blob_graph = NeighbourGraph(merged, least_size=10)
    assert blob_graph.contrasts(truth3).mean() > blob_graph.contrasts(np.minimum(truth3, 1)).mean()


def test_contrast_of_a_cloud_without_gaps_is_none_in_however_many_pieces():
    X = np.random.RandomState(0).uniform(size=(2000, 2))
    graph = NeighbourGraph(X, least_size=20)
    for pieces in (2, 3, 4):
        cells = np.floor(X * pieces) @ [1, pieces] + 1
        assert -0.6 < graph.contrasts(cells.astype(int)).mean() < 0.25


def test_conductance_counts_what_leaves_the_smaller_side():
    X = np.array([[0.0], [1.0], [2.0], [10.0], [11.0]])
    graph = NeighbourGraph(X, n_neighbours=1)  # joined: 0-1, 1-2, 3-4
    assert graph.conductances(np.array([1, 1, 1, 2, 2])).tolist() == [0, 0]
    assert graph.conductances(np.array([1, 1, 2, 2, 2])).tolist() == pytest.approx([1 / 3, 1 / 3])
    assert graph.conductances(np.array([1, 1, 0, 2, 2])).tolist() == pytest.approx([1 / 3, 0])  # to noise
    assert NeighbourGraph(X[:1]).conductances(np.array([1])).tolist() == [0]
    assert NeighbourGraph(X[:1]).contrasts(np.array([1])).tolist() == [0]


def test_dbcv_follows_the_paper():
    # Two pairs of two on a line: cores 1, each tree one edge of 1, 9 between the nearest ends.
    X = np.array([[0.0], [1.0], [10.0], [11.0]])
    labels = np.array([1, 1, 2, 2])
    assert density_validities(X, [labels])[0] == pytest.approx((9 - 1) / 9)
    with_noise = density_validities(np.vstack([X, [[5.0]]]), [np.array([1, 1, 2, 2, 0])])[0]
    assert with_noise == pytest.approx((9 - 1) / 9 * 4 / 5)
    assert np.isnan(density_validities(X, [np.ones(4, dtype=int)])[0])


def test_dbcv_prefers_shapes_to_slices():
    X, truth = moons()
    across = (X[:, 0] > 0.5) + 1
    right, wrong = density_validities(X, [truth + 1, across])
    assert right > 0 > wrong


def test_silhouette_leaves_noise_out():
    X, truth = blobs()
    labels = truth + 1
    far = np.vstack([X, [[500.0, 500.0]]])
    with_noise = silhouette_scores(far, [np.append(labels, 0)], noise=0)[0]
    assert with_noise == pytest.approx(silhouette_scores(X, [labels])[0])
    assert np.isnan(silhouette_scores(X, [np.zeros(600, dtype=int)], noise=0)[0])
