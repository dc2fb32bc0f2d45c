"""Every algorithm behind the one interface: shapes, prototypes, noise, degenerate inputs, determinism."""

import numpy as np
import pytest
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.sparse.csgraph import minimum_spanning_tree
from scipy.spatial.distance import cdist
from sklearn.base import clone
from sklearn.cluster import DBSCAN
from sklearn.datasets import make_blobs, make_moons
from sklearn.metrics import adjusted_rand_score

from strate.clustering.dbscan_segmenter import DBSCANSegmenter, k_distances, knee
from strate.clustering.distillation import distil
from strate.clustering.gaussian_mixture_segmenter import GaussianMixtureSegmenter
from strate.clustering.genie_segmenter import GenieSegmenter, genie_tree
from strate.clustering.hdbscan_segmenter import HDBSCANSegmenter
from strate.clustering.merge_tree import cut_tree, linkage_tree, top_of_tree, tree_of_merges
from strate.clustering.micro_clusters import micro_clusters
from strate.clustering.prototype_segmenter import OUTCOMES, PrototypeSegmenter
from strate.clustering.registry import ALGORITHMS, Bounds
from strate.clustering.spanning_tree import euclidean_spanning_tree
from strate.clustering.ward_segmenter import WardSegmenter

NAMES = list(ALGORITHMS)


def rings(n: int = 600, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return two rings, one inside the other."""
    rng = np.random.RandomState(seed)
    angle, truth = rng.uniform(0, 2 * np.pi, n), np.arange(n) % 2
    radius = np.where(truth == 0, 1.0, 3.0) + rng.normal(0, 0.1, n)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]), truth + 1


def blobs(n: int = 600, seed: int = 3) -> tuple[np.ndarray, np.ndarray]:
    return make_blobs(n, centers=[[0, 0], [10, 0], [0, 10]], cluster_std=0.8, random_state=seed)


def noisy(seed: int = 4) -> tuple[np.ndarray, np.ndarray]:
    """Return three dense blobs, labelled from 1, in a thin cloud of noise, labelled 0."""
    X, truth = make_blobs(900, centers=[[0, 0], [10, 0], [0, 10]], cluster_std=0.5, random_state=seed)
    cloud = np.random.RandomState(seed).uniform(-6, 16, (90, 2))
    is_outside = (cdist(cloud, [[0, 0], [10, 0], [0, 10]]) > 2.5).all(axis=1)
    return np.vstack([X, cloud[is_outside]]), np.concatenate([truth + 1, np.zeros(is_outside.sum(), dtype=int)])


def built(name: str, n_clusters: int = 3, n_rows: int = 600, **common) -> PrototypeSegmenter:
    """Return an algorithm with the first parameters of its space, and the number of clusters if it has one."""
    space = ALGORITHMS[name].space(Bounds(n_clusters, n_clusters, n_rows, max(1, n_rows // 20)))
    return ALGORITHMS[name].build({parameter: values[-1] for parameter, values in space.items()}, **common)


@pytest.mark.parametrize("name", NAMES)
def test_every_algorithm_finds_separated_blobs(name):
    X, truth = blobs()
    segmenter = built(name).fit(X)
    is_member = segmenter.labels_ > 0
    assert is_member.mean() > 0.9
    assert adjusted_rand_score(truth[is_member], segmenter.labels_[is_member]) > 0.99
    assert segmenter.outcome_ == "fitted"
    assert segmenter.agreement_ > 0.98
    assert (segmenter.predict(X) == segmenter.labels_).all()
    means = [X[segmenter.labels_ == c].mean() for c in (1, 2, 3)]
    assert means == sorted(means)


@pytest.mark.parametrize("name", NAMES)
def test_rows_in_another_order_and_the_same_seed_give_the_same_prototypes(name):
    X, _ = noisy()
    one, again = built(name).fit(X), built(name).fit(X)
    np.testing.assert_array_equal(one.prototypes_, again.prototypes_)
    np.testing.assert_array_equal(one.prototype_reaches_, again.prototype_reaches_)
    prepared = ALGORITHMS[name].segmenter.prepare(X, 7)
    np.testing.assert_array_equal(built(name).fit(X, prepared=prepared).prototypes_, one.prototypes_)
    assert clone(one).get_params() == one.get_params()


@pytest.mark.parametrize("make", [rings, lambda: make_moons(600, noise=0.05, random_state=2)], ids=["rings", "moons"])
def test_shapes_that_are_not_round(make):
    X, truth = make()
    genie = GenieSegmenter(2).fit(X)
    assert adjusted_rand_score(truth, genie.labels_) > 0.99
    assert len(genie.prototypes_) < 60
    kmeans = built("kmeans", 2).fit(X)
    assert adjusted_rand_score(truth, kmeans.labels_) < 0.6


@pytest.mark.parametrize("segmenter", [DBSCANSegmenter(10), HDBSCANSegmenter(50)], ids=["dbscan", "hdbscan"])
def test_noise_is_an_outcome_of_its_own(segmenter):
    X, truth = noisy()
    segmenter.fit(X)
    assert segmenter.n_clusters_ == 3
    assert adjusted_rand_score(truth, segmenter.labels_) > 0.95
    assert (segmenter.labels_[truth == 0] == 0).mean() > 0.6
    assert (segmenter.labels_[truth > 0] == 0).mean() < 0.01
    assert segmenter.predict(np.array([[100.0, 100.0], [0.0, 0.0]])).astype(bool).tolist() == [False, True]


DEGENERATE = {
    "all equal": np.full((40, 2), 3.3),
    "fewer rows than clusters": np.array([[0.0, 0.0], [1.0, 5.0]]),
    "one row": np.array([[2.0, 1.0]]),
    "an outlier": np.vstack([np.random.RandomState(0).normal(size=(80, 2)), [[1e9, 1e9]]]),
    "a constant column": np.column_stack([np.random.RandomState(0).normal(size=80), np.zeros(80)]),
    "only noise": np.random.RandomState(0).uniform(size=(80, 2)),
    "few values": np.random.RandomState(0).randint(0, 2, size=(80, 2)).astype(float),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("case", DEGENERATE)
def test_degenerate_inputs_have_a_named_outcome(name, case):
    X = DEGENERATE[case]
    segmenter = built(name, min(3, len(X)), n_rows=len(X)).fit(X)
    assert segmenter.outcome_ in OUTCOMES
    assert np.isfinite(segmenter.prototypes_).all()
    assert set(segmenter.labels_) <= {0, *segmenter.prototype_labels_}
    found = sorted({*segmenter.prototype_labels_} - {0})
    assert found == list(range(1, segmenter.n_clusters_ + 1))
    assert (segmenter.predict(X) == segmenter.labels_).all()
    if case in ("all equal", "one row"):
        assert segmenter.n_clusters_ <= 1
        assert segmenter.outcome_ in ("one_cluster", "only_noise")


@pytest.mark.parametrize("name", ["gaussian_mixture", "genie"])
def test_more_clusters_than_distinct_rows_is_said(name):
    X = np.repeat([[0.0], [1.0]], 10, axis=0)
    assert built(name, 4).fit(X).outcome_ == "fewer_clusters"


@pytest.mark.parametrize(
    ("segmenter", "message"),
    [
        (GaussianMixtureSegmenter(2, covariance="tied"), "covariance must be one of 'full', 'diag'"),
        (WardSegmenter(2, distance_threshold=1.0), "either n_clusters or distance_threshold"),
        (WardSegmenter(None), "either n_clusters or distance_threshold"),
        (WardSegmenter(None, distance_threshold=-1.0), "distance_threshold must be a number"),
        (GenieSegmenter(2, gini_threshold=1.5), "gini_threshold must be a number from 0 to 1"),
        (GenieSegmenter(9), "n_clusters must be an integer from 1 to 3"),
        (DBSCANSegmenter(1), "min_points must be an integer of at least 2"),
        (HDBSCANSegmenter(1), "min_cluster_size must be an integer of at least 2"),
    ],
)
def test_segmenters_refuse(segmenter, message):
    with pytest.raises(ValueError, match=message):
        segmenter.fit(np.eye(3))


@pytest.mark.parametrize("method", ["ward", "average"])
def test_tree_of_weighted_points_is_that_of_the_rows(method):
    points, weights = np.random.RandomState(0).normal(size=(120, 3)), np.arange(120) % 4 + 1
    rows = np.repeat(points, weights, axis=0)
    theirs = linkage(rows, method)
    ours = linkage_tree(points, weights, method)
    np.testing.assert_allclose(ours[:, 2], theirs[-119:, 2], rtol=1e-9)
    assert ours[-1, 3] == len(rows)
    labels = np.repeat(cut_tree(ours, 120, 120 - 6), weights)
    assert adjusted_rand_score(labels, fcluster(theirs, 6, "maxclust")) == 1.0


def test_top_of_a_tree_is_a_tree():
    tree = linkage_tree(np.random.RandomState(1).normal(size=(50, 2)), np.ones(50), "average")
    top = top_of_tree(tree, 50, 9)
    np.testing.assert_array_equal(top[:, 2:], tree[-9:, 2:])
    assert sorted(top[:, :2].ravel()) == list(range(18))
    assert top_of_tree(tree, 50, 99).tolist() == tree.tolist()


def test_cut_by_height_is_the_cut_by_number():
    X, _ = blobs()
    by_number = WardSegmenter(3).fit(X)
    by_height = WardSegmenter(None, distance_threshold=by_number.facts_["distance_threshold"]).fit(X)
    np.testing.assert_array_equal(by_number.labels_, by_height.labels_)
    assert len(by_number.merge_tree_) == 60


def test_spanning_tree_is_minimal():
    points = np.random.RandomState(2).normal(size=(200, 3))
    edges, lengths = euclidean_spanning_tree(points)
    assert lengths.sum() == pytest.approx(minimum_spanning_tree(cdist(points, points)).sum())
    assert (np.diff(lengths) >= 0).all()
    np.testing.assert_allclose(np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1), lengths)


def test_genie_is_single_linkage_at_a_threshold_of_one_and_balances_below():
    points = np.random.RandomState(3).normal(size=(150, 2))
    edges, lengths = euclidean_spanning_tree(points)
    free = cut_tree(genie_tree(edges, lengths, np.ones(150), 1.0), 150, 146)
    assert adjusted_rand_score(free, fcluster(linkage(points, "single"), 4, "maxclust")) == 1.0

    def smallest(threshold: float) -> int:
        return np.bincount(cut_tree(genie_tree(edges, lengths, np.ones(150), threshold), 150, 146)).min()

    assert smallest(0.1) > 10 * smallest(1.0)


def test_genie_takes_the_shortest_edge_at_a_smallest_cluster():
    # Sizes 1, 1, 4 have Gini 6 / (2 * 6) = 0.5: above 0.4 the long edge to a single point goes first.
    edges, lengths = np.array([[2, 1], [0, 1]]), np.array([1.0, 2.0])
    assert genie_tree(edges, lengths, np.array([1, 4, 4]), 0.1)[0, :2].tolist() == [0, 1]
    assert genie_tree(edges, lengths, np.array([1, 4, 4]), 0.9)[0, :2].tolist() == [1, 2]
    np.testing.assert_array_equal(tree_of_merges(np.array([[2, 1, 1.0], [0, 1, 2.0]]), [1, 4, 4])[:, 3], [8, 9])


def test_epsilon_is_where_the_curve_bends():
    X, _ = noisy()
    segmenter = DBSCANSegmenter(10).fit(X)
    curve = k_distances(X, 10)
    assert segmenter.facts_["epsilon"] == knee(curve)
    assert np.quantile(curve, 0.8) < knee(curve) < np.quantile(curve, 0.99)
    np.testing.assert_array_equal(np.sort(segmenter.k_distances_), segmenter.k_distances_)
    native = DBSCAN(eps=knee(curve), min_samples=10).fit(X).labels_
    assert adjusted_rand_score(native, segmenter.native_labels_) == 1.0


def test_knee_of_curves():
    assert knee(np.array([1.0, 1, 1, 1, 2, 9])) == 2.0
    assert knee(np.zeros(5)) == 0.0


def test_round_clusters_need_one_prototype_each():
    X, truth = blobs()
    found = distil(X, truth + 1)
    assert len(found.prototypes) == 3
    assert found.agreement == 1.0


def test_prototypes_go_where_clusters_touch():
    rng = np.random.RandomState(5)
    X = rng.uniform(0, 1, (4000, 2))
    labels = np.where(X[:, 1] > 0.5 + 0.2 * np.sin(6 * X[:, 0]), 2, 1)
    few, many = distil(X, labels, max_prototypes=6), distil(X, labels)
    assert few.agreement < many.agreement
    assert many.agreement > 0.98
    assert len(few.prototypes) <= 6 < len(many.prototypes) <= 256
    is_near = np.abs(many.prototypes[:, 1] - 0.5 - 0.2 * np.sin(6 * many.prototypes[:, 0])) < 0.15
    assert is_near.mean() > 0.6


def test_held_out_rows_judge_prototypes():
    # Labels at random can be repeated where they placed the prototypes, and nowhere else.
    rng = np.random.RandomState(6)
    X, labels = rng.uniform(0, 1, (3000, 2)), rng.randint(1, 3, 3000)
    assert distil(X, labels).agreement < 0.6


def test_reach_ends_a_cluster():
    X = np.array([[0.0], [1.0], [2.0]])
    found = distil(X, np.array([1, 1, 1]), margin=0.5)
    assert found.reaches.tolist() == [2.25]
    segmenter = PrototypeSegmenter().set_prototypes(found.prototypes, found.labels, found.reaches)
    assert segmenter.predict(np.array([[2.5], [2.51], [-0.5]])).tolist() == [1, 0, 1]
    assert distil(X, np.array([0, 0, 0]), margin=0.5).labels.tolist() == [0]


def test_micro_clusters_have_everybody():
    X = np.random.RandomState(7).normal(size=(3000, 3))
    groups = micro_clusters(X, 200, 7)
    assert len(groups.centers) == len(groups.sizes) <= 200
    assert groups.sizes.sum() == 3000
    spread = ((X - groups.centers[groups.members]) ** 2).sum() / (X**2).sum()
    assert spread < 0.15
    twice = micro_clusters(np.repeat(X[:50], 2, axis=0), 200, 7)
    assert twice.sizes.tolist() == [2.0] * 50


def test_many_rows_are_clustered_by_some():
    X, truth = make_blobs(12_000, centers=10 * np.eye(4), cluster_std=0.7, random_state=8)
    for name in ("ward", "average_linkage", "genie", "hdbscan", "dbscan", "gaussian_mixture"):
        segmenter = built(name, 4, n_rows=12_000).fit(X)
        is_member = segmenter.labels_ > 0
        assert adjusted_rand_score(truth[is_member], segmenter.labels_[is_member]) > 0.95, name
        assert len(segmenter.labels_) == 12_000
