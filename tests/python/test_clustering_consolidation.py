"""Consolidation: what is merged, what is kept, and why."""

from itertools import permutations

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from strate.clustering import KMeansSegmenter
from strate.clustering.consolidation import consolidate
from strate.clustering.value_added import value_added

FEATURES = ["x", "y", "z"]
CENTERS = np.array([[0, 0, 0], [10, 0, 0], [0, 10, 5], [12, 12, 0]])
X, TRUE = make_blobs([400, 300, 250, 200], centers=CENTERS, random_state=1)
TRUE = TRUE + 1


def halved(cluster):
    """The true clusters, one of them cut through its middle; the half with more x gets number 5."""
    labels, is_cut = TRUE.copy(), np.equal(TRUE, cluster)
    labels[is_cut & (X[:, 0] > X[is_cut, 0].mean())] = 5
    return labels


def partition(labels):
    """For each row the first row of its cluster, which says who is together, whatever the numbers."""
    _, first, codes = np.unique(labels, return_index=True, return_inverse=True)
    return first[codes]


def merge(labels, values=X, **settings):
    return consolidate(values, labels, **({"features": FEATURES, "min_size": 1} | settings))


@pytest.mark.parametrize("cluster", [1, 2, 3, 4])
def test_exactly_the_split_blob_is_joined(cluster):
    labels = halved(cluster)
    result = merge(labels)
    assert [{m.absorbed, m.into} for m in result.merges] == [{cluster, 5}]
    assert result.merges[0].reason == "not_separable"
    assert result.merges[0].gap == pytest.approx(2.65, abs=0.3)
    np.testing.assert_array_equal(partition(result.relabel(labels)), partition(TRUE))


def test_true_clusters_are_kept():
    result = merge(TRUE)
    assert result.merges == []
    assert result.mapping == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4}


def test_too_many_clusters_of_kmeans_end_in_the_true_ones():
    labels = KMeansSegmenter(11, n_starts=3).fit(X).labels_
    np.testing.assert_array_equal(partition(merge(labels).relabel(labels)), partition(TRUE))


def test_a_cluster_around_another_is_kept():
    stream = np.random.RandomState(9)
    angle, is_ring = stream.uniform(0, 2 * np.pi, 900), np.arange(900) % 3 > 0
    around = np.where(is_ring, 5, 1)[:, None] * np.column_stack([np.cos(angle), np.sin(angle), np.zeros(900)])
    around[~is_ring] *= np.sqrt(stream.uniform(size=(300, 1)))  # a full disc
    around += stream.normal(0, 0.2, (900, 3))
    cut_core = np.where(is_ring, 1, np.where(around[:, 0] > 0, 2, 3))
    result = merge(cut_core, around)
    assert [{m.absorbed, m.into} for m in result.merges] == [{2, 3}]


def test_one_cloud_ends_in_one_cluster():
    cloud = np.random.RandomState(2).normal(size=(1_000, 3))
    result = merge(KMeansSegmenter(6, n_starts=3).fit(cloud).labels_, cloud)
    assert set(result.mapping.values()) == {0, 1}
    assert [m.step for m in result.merges] == [1, 2, 3, 4, 5]


def test_small_clusters_join_the_nearest_and_the_smallest_goes_first():
    values = np.vstack([X, [[10.5, 3, 0]] * 7, [[3, 10, 5]] * 4])
    labels = np.r_[TRUE, [5] * 7, [6] * 4]
    result = merge(labels, values, min_size=10)
    assert [(m.absorbed, m.into, m.reason) for m in result.merges] == [(6, 3, "too_small"), (5, 2, "too_small")]
    assert [(m.absorbed_size, m.into_size) for m in result.merges] == [(4, 250), (7, 300)]
    assert result.mapping == {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 2, 6: 3}
    assert [(m.absorbed, m.into) for m in merge(labels, values, min_size=5).merges] == [(6, 3)]


def test_no_cluster_left_is_too_small():
    result = merge(TRUE, min_size=260)
    sizes = np.bincount(result.relabel(TRUE))[1:]
    assert sizes.min() >= 260
    assert {m.reason for m in result.merges} == {"too_small"}


def test_sizes_are_scaled_from_the_sample_to_all_customers():
    assert merge(TRUE, min_size=1_999, customers_per_row=10).merges == []
    assert len(merge(TRUE, min_size=2_001, customers_per_row=10).merges) == 1


def test_a_minimum_beyond_everybody_leaves_one_cluster():
    assert set(merge(TRUE, min_size=10**9).mapping.values()) == {0, 1}


def test_the_partition_does_not_depend_on_the_numbers():
    stream = np.random.RandomState(0)
    cloud = np.vstack([X, stream.normal([5, 5, 0], 2, size=(300, 3))])
    labels = KMeansSegmenter(14, n_starts=2).fit(cloud).labels_
    settings = {"values": cloud, "min_size": 60, "least_gap": 3.0}
    first = merge(labels, **settings)
    assert 2 <= len(first.merges) <= 11
    for _ in range(5):
        numbers = np.r_[0, 1 + stream.permutation(14)]
        again = merge(numbers[labels], **settings)
        np.testing.assert_array_equal(
            partition(again.relabel(numbers[labels])), partition(first.relabel(labels)), strict=True
        )
        assert [(m.absorbed_size, m.into_size, m.reason) for m in again.merges] == [
            (m.absorbed_size, m.into_size, m.reason) for m in first.merges
        ]


def test_ties_do_not_depend_on_the_numbers():
    line = np.arange(-31.0, 32)[:, None]
    slices = np.repeat([0, 1, 2], 21)
    sequences = set()
    for numbers in permutations([1, 2, 3]):
        merges = merge(np.array(numbers)[slices], line, features=["x"]).merges
        sequences.add(tuple((numbers.index(m.absorbed), numbers.index(m.into)) for m in merges))
    assert len(sequences) == 1


def test_what_was_merged_counts_in_the_next_comparison():
    # The second slice joins the third, which is larger; only with it does the third touch the first.
    line = np.arange(0, 100, 0.25)[:, None]
    slices = 1 + np.digitize(line[:, 0], [60, 75])
    outcome = np.where(slices == 2, 9.0, slices) + np.random.RandomState(0).normal(size=400)
    merges = merge(slices, line, features=["x"], outcomes={"revenue": outcome}).merges
    assert [(m.absorbed, m.into) for m in merges] == [(2, 3), (3, 1)]
    assert merges[1].value == pytest.approx(value_added(np.minimum(slices, 2), outcome).r_squared)


def test_new_numbers_keep_the_order_of_the_largest_parts():
    labels = np.choose(halved(1), [0, 4, 9, 6, 7, 2])  # numbers with holes; 4 and 2 are halves
    result = merge(labels)
    larger = max(4, 2, key=lambda number: (labels == number).sum())
    order = sorted([larger, 6, 7, 9])
    expected = {0: 0} | {old: position for position, old in enumerate(order, 1)}
    assert result.mapping == expected | {2: expected[larger], 4: expected[larger]}


def test_noise_is_neither_merged_nor_counted():
    labels = np.where(np.arange(len(X)) % 50 == 0, 0, halved(2))
    result = merge(labels, min_size=100)
    assert [{m.absorbed, m.into} for m in result.merges] == [{2, 5}]
    assert ((result.relabel(labels) == 0) == (labels == 0)).all()
    assert merge(np.zeros(len(X), int)).mapping == {0: 0}


def test_clusters_that_no_feature_tells_apart_are_joined_whatever_their_value():
    labels = np.where((TRUE == 1) & (np.arange(len(X)) % 2 == 0), 5, TRUE)
    outcome = {"revenue": np.where(labels == 5, 100.0, 1.0) + np.arange(len(X)) / 1e6}
    result = merge(labels, outcomes=outcome, is_kept_for_value=True)
    assert [({m.absorbed, m.into}, m.reason) for m in result.merges] == [({1, 5}, "not_separable")]
    assert result.merges[0].value > 0.5


def test_value_keeps_a_useful_cut_and_undoes_an_idle_one():
    labels = halved(1)
    labels[(TRUE == 2) & (X[:, 0] > X[TRUE == 2, 0].mean())] = 6
    stream = np.random.RandomState(4)
    outcomes = {
        "revenue": stream.lognormal(size=len(X)),
        "next_revenue": stream.lognormal(size=len(X)) * np.where(labels == 5, 4, 1),
    }
    decided = merge(labels, outcomes=outcomes, is_kept_for_value=True)
    assert [({m.absorbed, m.into}, m.reason) for m in decided.merges] == [({2, 6}, "adds_no_value")]
    assert decided.merges[0].value < 0.02
    # Only reported without the flag: both cuts go, and the rows say what the first one was worth.
    reported = merge(labels, outcomes=outcomes)
    assert {m.reason for m in reported.merges} == {"not_separable"}
    assert {frozenset((m.absorbed, m.into)): m.value > 0.02 for m in reported.merges} == {
        frozenset((1, 5)): True,
        frozenset((2, 6)): False,
    }


def test_clusters_with_a_gap_are_kept_though_they_add_no_value():
    outcomes = {"revenue": np.random.RandomState(4).lognormal(size=len(X))}
    assert merge(TRUE, outcomes=outcomes, is_kept_for_value=True).merges == []


def test_an_outcome_that_cannot_be_measured_keeps_nothing():
    outcomes = {"revenue": np.zeros(len(X)), "next_revenue": np.full(len(X), np.nan)}
    result = merge(halved(1), outcomes=outcomes, is_kept_for_value=True)
    assert [m.reason for m in result.merges] == ["adds_no_value"]
    assert np.isnan(result.merges[0].value)


def test_clusters_of_identical_customers():
    values = np.array([[0.0, 0, 0]] * 5 + [[1.0, 0, 0]] * 5 + [[0.0, 0, 0]] * 5)
    result = merge(np.repeat([1, 2, 3], 5), values)
    assert [({m.absorbed, m.into}, m.reason) for m in result.merges] == [({1, 3}, "not_separable")]


def test_a_lone_customer_is_no_cluster_however_far():
    result = merge(np.r_[TRUE, 5], np.vstack([X, [[50.0, 50, 50]]]))
    assert [(m.absorbed, m.into, m.reason) for m in result.merges] == [(5, 4, "not_separable")]


def test_value_without_outcomes_is_refused():
    with pytest.raises(ValueError, match="outcomes"):
        merge(TRUE, is_kept_for_value=True)
