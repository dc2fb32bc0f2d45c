"""How far clusters lie apart, and what they tell about an outcome."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_blobs

from strate.clustering import KMeansSegmenter
from strate.clustering.detachment import Neighbourhood
from strate.clustering.separation import ClusterMoments, pairwise_separation, separation
from strate.clustering.value_added import value_added

BLOBS, _ = make_blobs(900, 2, centers=3, random_state=3)
NORMAL = np.random.RandomState(5).normal(size=(900, 3))


def halves(X):
    return KMeansSegmenter(2, n_starts=3).fit(X).labels_


# --- separation


def test_separation_by_hand():
    # Means 2 and 6, mean of all 4: between 3 * 4 + 3 * 4 = 24, within 2 + 2 = 4, within per freedom 4 / 4 = 1.
    values = np.array([[1, 7], [2, 7], [3, 7], [5, 7], [6, 7], [7, 7], [99, 99]], dtype=float)
    table = separation(values, np.array([1, 1, 1, 2, 2, 2, 0]), ["x", "constant"]).set_index("feature")
    x = table.loc["x"]
    assert x["f_statistic"] == pytest.approx(24)
    assert x["eta_squared"] == pytest.approx(24 / 28)
    assert x["omega_squared"] == pytest.approx((24 - 1) / (28 + 1))
    assert x["p_value"] == pytest.approx(stats.f_oneway([1, 2, 3], [5, 6, 7]).pvalue)
    assert x["q_value"] == x["p_value"]  # the constant feature is no test
    assert x["effect"] == "large"
    assert table.loc["constant"].isna().all()


def test_separation_is_that_of_scipy_with_q_values_over_the_features():
    stream = np.random.RandomState(8)
    labels = stream.randint(1, 4, 300)
    values = stream.normal(size=(300, 6)) + np.array([0, 0, 0, 0.2, 0.3, 0.4]) * labels[:, None]
    table = separation(values, labels, list("abcdef"))
    tests = [stats.f_oneway(*(column[labels == k] for k in (1, 2, 3))) for column in values.T]
    np.testing.assert_allclose(table["f_statistic"], [test.statistic for test in tests])
    np.testing.assert_allclose(table["p_value"], [test.pvalue for test in tests])
    ordered = sorted(table["p_value"])
    by_hand = [min(p * 6 / rank for rank, p in enumerate(ordered, 1) if p >= mine) for mine in table["p_value"]]
    np.testing.assert_allclose(table["q_value"], by_hand)


def test_with_many_customers_a_negligible_effect_is_significant_and_called_negligible():
    labels = np.repeat([1, 2], 50_000)
    values = np.random.RandomState(0).normal(size=(100_000, 1)) + 0.05 * labels[:, None]
    row = separation(values, labels, ["x"]).iloc[0]
    assert row["q_value"] < 1e-6
    assert row["effect"] == "negligible"
    pair = pairwise_separation(values, labels, ["x"]).iloc[0]
    assert pair["n_features_apart"] == 0
    assert not pair["is_separable"]


def test_omega_squared_is_about_zero_by_chance_where_eta_squared_is_not():
    stream = np.random.RandomState(1)
    tables = [separation(stream.normal(size=(40, 5)), stream.randint(1, 7, 40), list("abcde")) for _ in range(40)]
    assert np.mean([table["eta_squared"].mean() for table in tables]) > 0.1
    assert abs(np.mean([table["omega_squared"].mean() for table in tables])) < 0.02


@pytest.mark.parametrize("labels", [np.ones(9, int), np.zeros(9, int), np.arange(1, 10)])
def test_separation_is_undefined_without_two_clusters_or_rows_to_spare(labels):
    table = separation(BLOBS[:9], labels, ["x", "y"])
    assert table.drop(columns="feature").isna().all(axis=None)
    assert len(pairwise_separation(BLOBS[:9], labels, ["x", "y"])) == len(set(labels)) * (len(set(labels)) - 1) / 2


def test_pairs_by_hand():
    # Spread 1 and 3 along x, root mean square sqrt(5); the noise row and y count for nothing.
    x = np.r_[np.tile([-1, 1], 50) * np.sqrt(0.99), 10 + 3 * np.tile([-1, 1], 50) * np.sqrt(0.99), 500]
    y = np.r_[np.tile([-1, -1, 1, 1], 50), 500]
    pair = pairwise_separation(np.c_[x, y], np.r_[np.repeat([1, 2], 100), 0], ["x", "y"]).iloc[0]
    assert (pair["cluster"], pair["other_cluster"], pair["size"], pair["other_size"]) == (1, 2, 100, 100)
    assert pair["distance"] == pytest.approx(10)
    assert pair["gap"] == pytest.approx(10 / np.sqrt(5))
    assert pair["strongest_effect"] == pytest.approx(10 / np.sqrt(5))
    assert (pair["strongest_feature"], pair["n_features_apart"]) == ("x", 1)
    assert pair["is_separable"]


def test_p_values_of_pairs_are_those_of_welch():
    stream = np.random.RandomState(6)
    a, b = stream.normal(0, 1, 8), stream.normal(0.9, 3, 12)
    by_scipy, ours = [], []
    for shift in np.linspace(-4, 6, 41):
        test = stats.ttest_ind(a, b + shift, equal_var=False).pvalue
        pair = pairwise_separation(np.r_[a, b + shift][:, None], np.repeat([1, 2], [8, 12]), ["x"]).iloc[0]
        by_scipy.append(int(test <= 0.05 and abs(pair["strongest_effect"]) >= 0.5))
        ours.append(pair["n_features_apart"])
    assert 5 < sum(by_scipy) < 36
    assert ours == by_scipy


@pytest.mark.parametrize("cloud", ["normal", "flat", "exponential", "lognormal"])
def test_halves_of_one_cloud_are_not_separable(cloud):
    stream = np.random.RandomState(3)
    x = {
        "normal": stream.normal(size=(4_000, 3)),
        "flat": stream.uniform(size=(4_000, 1)) * [1, 0.3, 0.3] + 0.01 * stream.normal(size=(4_000, 3)),
        "exponential": stream.exponential(size=(4_000, 3)),
        "lognormal": stream.lognormal(size=(4_000, 3)),
    }[cloud]
    pair = pairwise_separation(x, halves(x), list("abc")).iloc[0]
    assert pair["n_features_apart"] >= 1  # the tests of features are taken in by the cut
    assert not pair["is_separable"]


@pytest.mark.parametrize(("apart", "is_separable"), [(2.0, False), (4.0, True)])
def test_two_clouds_are_separable_from_about_three_standard_deviations(apart, is_separable):
    x = np.random.RandomState(3).normal(size=(4_000, 3))
    x[::2, 0] += apart
    assert pairwise_separation(x, halves(x), list("abc"))["is_separable"].tolist() == [is_separable]


def rings(n_rows):
    """A core and a ring around it, which share their center."""
    stream = np.random.RandomState(9)
    angle, radius = stream.uniform(0, 2 * np.pi, n_rows), np.where(np.arange(n_rows) % 2, 5, 1)
    points = radius[:, None] * np.column_stack([np.cos(angle), np.sin(angle)])
    return points + stream.normal(0, 0.2, (n_rows, 2)), 1 + np.arange(n_rows) % 2


def test_clusters_around_each_other_are_told_apart_by_the_space_between():
    pair = pairwise_separation(*rings(800), ["x", "y"]).iloc[0]
    assert pair["gap"] < 0.2
    assert pair["detachment"] > 4
    assert pair["is_separable"]
    assert pairwise_separation(*rings(8_000), ["x", "y"], max_rows=400)["is_separable"].all()


@pytest.mark.parametrize("cloud", ["normal", "flat", "whole numbers"])
def test_halves_of_one_cloud_touch(cloud):
    stream = np.random.RandomState(3)
    x = {
        "normal": stream.normal(size=(1_000, 2)),
        "flat": stream.uniform(size=(1_000, 2)),
        "whole numbers": stream.poisson(2, size=(4_000, 2)).astype(float),
    }[cloud]
    assert pairwise_separation(x, halves(x), list("ab"))["detachment"].item() <= 1


def test_a_few_customers_far_away_have_no_detachment():
    values = np.r_[NORMAL, 50 + NORMAL[:9]]
    pair = pairwise_separation(values, np.repeat([1, 2], [900, 9]), list("abc")).iloc[0]
    assert np.isnan(pair["detachment"])


def test_detachment_by_hand_and_after_a_merge():
    # Steps of 1 in the first two, of 2 in the third; 7 of space, 4 of space.
    line = np.r_[np.arange(20.0), 26 + np.arange(20.0), 49 + 2 * np.arange(20.0), 1e6][:, None]
    labels = np.r_[np.repeat([1, 2, 3], 20), 0]
    space = Neighbourhood(line, labels, max_rows=100, seed=1)
    assert (space.detachment(1, 2), space.detachment(2, 3)) == (7, 2)
    space.merge(absorbed=1, into=2)
    assert space.detachment(2, 3) == space.detachment(3, 2) == 2
    direct = Neighbourhood(line, np.maximum(labels, 2 * (labels > 0)), max_rows=100, seed=1)
    assert direct.detachment(2, 3) == 2


def test_merged_moments_are_those_of_the_merged_rows():
    labels = np.random.RandomState(2).randint(1, 5, len(NORMAL))
    merged = ClusterMoments.of(NORMAL, labels).merge(absorbed=3, into=1)
    direct = ClusterMoments.of(NORMAL, np.where(labels == 4, 2, labels))
    assert merged.clusters.tolist() == direct.clusters.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(merged.sizes, direct.sizes)
    np.testing.assert_allclose(merged.means, direct.means)
    np.testing.assert_allclose(merged.scatters, direct.scatters)


# --- value added


def test_random_segments_add_nothing_out_of_sample():
    shares, adds = [], []
    for seed in range(40):
        stream = np.random.RandomState(seed)
        result = value_added(stream.randint(1, 9, 600), stream.lognormal(0, 1.5, 600), seed=seed)
        shares.append(result.r_squared)
        adds.append(result.segments["adds"].mean())
    assert -0.03 < np.mean(shares) < 0.002  # in sample it would be 7 / 599
    assert max(shares) < 0.03
    assert abs(np.mean(adds)) < 0.005


def test_segments_that_know_the_outcome_explain_it():
    labels = np.repeat([1, 2, 3], 200)
    outcome = labels * 10 + np.random.RandomState(0).normal(size=600)
    result = value_added(labels, outcome)
    assert result.status == "measured"
    assert result.r_squared_raw == pytest.approx(1 - 1 / (1 + 100 * 2 / 3), abs=0.003)
    assert result.r_squared > 0.88  # order within a segment is chance: 1 - 1 / 9
    assert result.segments["cluster"].tolist() == [1, 2, 3]
    assert (result.segments["adds"] > 0.2).all()
    assert result.segments["outcome_mean"].tolist() == pytest.approx([10, 20, 30], abs=0.3)


def test_r_squared_by_hand():
    labels, outcome = np.array([1, 1, 1, 2, 2, 2]), np.array([1.0, 2, 4, 9, 7, 8])
    folds = np.empty(6, dtype=int)
    folds[np.random.RandomState(3).permutation(6)] = np.arange(6) % 3
    error = total = 0.0
    for fold in range(3):
        learned, asked = folds != fold, folds == fold
        for label, y in zip(labels[asked], outcome[asked], strict=True):
            error += (y - outcome[learned & (labels == label)].mean()) ** 2
            total += (y - outcome[learned].mean()) ** 2
    assert value_added(labels, outcome, n_folds=3, seed=3).r_squared_raw == pytest.approx(1 - error / total)


def test_two_segments_of_the_same_value_add_nothing_to_each_other():
    labels = np.repeat([1, 2, 3], 300)
    outcome = np.where(labels == 3, 50, 0) + np.random.RandomState(1).exponential(size=900)
    segments = value_added(labels, outcome).segments.set_index("cluster")
    assert segments["neighbour"].to_dict() == {1: 2, 2: 1, 3: segments.loc[3, "neighbour"]}
    assert segments.loc[[1, 2], "adds"].abs().max() < 0.01
    assert segments.loc[3, "adds"] > 0.3
    far = value_added(labels, outcome, neighbours={1: 3}).segments.set_index("cluster")
    assert far.loc[1, "neighbour"] == 3
    assert far.loc[1, "adds"] > 0.2


def test_one_giant_customer_decides_in_euros_and_not_in_ranks():
    labels = np.repeat([1, 2], 300)
    outcome = labels + np.random.RandomState(1).exponential(size=600)
    giant = outcome.copy()
    giant[0] = 1e9
    assert value_added(labels, giant).r_squared == pytest.approx(value_added(labels, outcome).r_squared, abs=0.02)
    assert value_added(labels, outcome).r_squared_raw > 0.1
    assert value_added(labels, giant).r_squared_raw < 0.01


def test_outcomes_that_cannot_be_explained_have_a_name():
    labels = np.array([1, 1, 1, 2, 2, 2])
    y = np.array([1.0, 2, 3, 4, 5, 6])
    assert value_added(labels, np.full(6, 3.0)).status == "constant_outcome"
    assert value_added(np.ones(6, int), y).status == "too_few_segments"
    few = value_added(labels, np.array([1, np.nan, np.nan, 4, 5, 6]))
    assert (few.status, few.n_rows, few.n_missing) == ("too_few_rows", 4, 2)
    assert np.isnan([few.r_squared, few.r_squared_raw]).all()
    assert len(few.segments) == 0


def test_noise_predicts_but_has_no_row():
    labels = np.repeat([0, 1, 2], 200)
    outcome = np.repeat([0.0, 5, 5], 200) + np.random.RandomState(1).normal(size=600)
    result = value_added(labels, outcome)
    assert result.r_squared > 0.5
    close = value_added(labels, np.repeat([0.0, 1, 50], 200) + np.arange(600) / 1e3)  # noise is closest to cluster 1
    assert close.segments[["cluster", "neighbour"]].to_numpy().tolist() == [[1, 2], [2, 1]]
    sole = value_added(np.minimum(labels, 1), outcome)
    assert sole.segments[["cluster", "neighbour"]].to_numpy().tolist() == [[1, 0]]
