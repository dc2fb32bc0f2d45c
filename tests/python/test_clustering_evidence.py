"""Evidence for a clustering: stability, null model, generalisation, separation, value added."""

import numpy as np
import pytest
from scipy import stats
from sklearn.datasets import make_blobs

from strate.clustering import KMeansSegmenter
from strate.clustering.detachment import Neighbourhood
from strate.clustering.generalisation import generalisation
from strate.clustering.metrics import silhouette_scores
from strate.clustering.null_model import null_model
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.separation import ClusterMoments, pairwise_separation, separation
from strate.clustering.stability import bootstrap_stability
from strate.clustering.value_added import value_added

CENTERS = np.array([[0, 0], [10, 0], [0, 10]])
BLOBS, BLOB_LABELS = make_blobs(900, 2, centers=CENTERS, random_state=3)
NORMAL = np.random.RandomState(5).normal(size=(900, 3))


def kmeans(k, n_starts=3):
    return lambda X, seed: KMeansSegmenter(k, n_starts=n_starts, seed=seed).fit(X)


def silhouette(X, labels):
    return silhouette_scores(X, [labels])[0]


class Core(PrototypeSegmenter):
    """One cluster within `reach` of the first center, one of the second, and noise."""

    def __init__(self, reach=3.0):
        self.reach = reach

    def fit(self, X, y=None):
        self._finish(X, CENTERS[:2].astype(float), np.array([1, 2]))
        self.labels_ = self.predict(X)
        return self

    def predict(self, X):
        distances = np.linalg.norm(X[:, None] - CENTERS[None, :2], axis=2)
        return np.where(distances.min(axis=1) < self.reach, distances.argmin(axis=1) + 1, 0)


def fails(X, seed):
    raise ValueError("no")


def collapses(X, seed):
    return KMeansSegmenter(1, n_starts=1).fit(X)


# --- stability


def test_true_clusters_come_back():
    stability = bootstrap_stability(kmeans(3), BLOBS, kmeans(3)(BLOBS, 7).labels_)
    assert stability.adjusted_rand_mean == pytest.approx(1)
    assert stability.adjusted_rand_low == pytest.approx(1)
    assert stability.cluster_recovery.tolist() == [1, 1, 1]
    assert stability.cluster_jaccard.tolist() == [1, 1, 1]
    assert (stability.n_resamples, stability.n_failed) == (20, 0)


def test_only_the_halves_of_a_split_blob_do_not_come_back():
    def splits_the_last(X, seed):
        """Clusters the first two blobs as they are, and cuts the third where this sample says."""
        last = X[:, 1] > 5
        halves = KMeansSegmenter(2, n_starts=1, seed=seed).fit(X[last]).prototypes_
        centers = np.vstack([CENTERS[:2], halves])
        return PrototypeSegmenter()._finish(X, centers, np.array([1, 2, 3, 4]))

    recovery = bootstrap_stability(splits_the_last, BLOBS, splits_the_last(BLOBS, 1).labels_).cluster_recovery
    assert recovery[:2].tolist() == [1, 1]
    assert (recovery[2:] < 0.7).all()


def test_a_wrong_number_of_clusters_is_less_stable():
    wrong = bootstrap_stability(kmeans(6), BLOBS, kmeans(6)(BLOBS, 7).labels_)
    assert wrong.adjusted_rand_mean < 0.8
    assert wrong.adjusted_rand_low < wrong.adjusted_rand_mean
    assert (wrong.cluster_recovery < 0.9).all()


def test_nothing_comes_back_where_there_is_nothing():
    stability = bootstrap_stability(kmeans(4), NORMAL, kmeans(4)(NORMAL, 7).labels_)
    assert stability.adjusted_rand_mean < 0.5
    assert (stability.cluster_recovery < 0.5).all()


@pytest.mark.parametrize("refit", [fails, collapses])
def test_a_fit_that_fails_or_collapses_counts_as_no_agreement(refit):
    stability = bootstrap_stability(refit, BLOBS, BLOB_LABELS + 1, n_resamples=5)
    assert (stability.adjusted_rand_mean, stability.adjusted_rand_low, stability.n_failed) == (0, 0, 5)
    assert stability.cluster_recovery.tolist() == [0, 0, 0]


def test_a_mistake_in_the_refit_is_not_hidden():
    def mistaken(X, seed):
        return X.no_such_attribute

    with pytest.raises(AttributeError):
        bootstrap_stability(mistaken, BLOBS, BLOB_LABELS + 1)


def test_noise_is_compared_but_never_comes_back_as_a_cluster():
    labels = Core().fit(BLOBS).labels_
    assert set(labels) == {0, 1, 2}
    same = bootstrap_stability(lambda X, seed: Core().fit(X), BLOBS, labels)
    assert same.adjusted_rand_mean == 1
    assert same.cluster_recovery.tolist() == [1, 1]
    # The third blob is noise in the reference and joins the others here: fewer agree, nobody's cluster is dropped.
    absorbed = bootstrap_stability(lambda X, seed: Core(reach=99).fit(X), BLOBS, labels)
    assert 0.2 < absorbed.adjusted_rand_mean < 0.8
    assert absorbed.cluster_recovery.shape == (2,)


def test_one_cluster_has_no_stability():
    stability = bootstrap_stability(kmeans(2), BLOBS, np.where(BLOB_LABELS == 0, 1, 0))
    assert np.isnan([stability.adjusted_rand_mean, stability.adjusted_rand_low, *stability.cluster_recovery]).all()


def test_a_cluster_without_a_row_to_compare_has_no_recovery():
    labels = np.where(BLOB_LABELS == 0, 1, 2)
    labels[:1] = 3
    recovery = bootstrap_stability(kmeans(2), BLOBS, labels, max_rows=100, seed=1).cluster_recovery
    assert np.isnan(recovery).tolist() == [False, False, True]


def test_no_fit_sees_more_rows_than_allowed():
    seen = []

    def spying(X, seed):
        seen.append(len(X))
        return kmeans(3)(X, seed)

    bootstrap_stability(spying, BLOBS, BLOB_LABELS + 1, n_resamples=3, max_rows=100)
    bootstrap_stability(spying, BLOBS, BLOB_LABELS + 1, n_resamples=3, max_rows=5_000)
    null_model(spying, BLOBS, None, silhouette, n_draws=2, max_rows=100)
    generalisation(spying, BLOBS, n_splits=1, max_rows=100)
    assert seen == [100] * 3 + [450] * 3 + [100] * 3 + [50] * 2


# --- null model


def test_p_values_spread_evenly_where_there_is_no_structure():
    p_values = []
    for seed in range(40):
        X = np.random.RandomState(seed).normal(size=(120, 3))
        p_values.append(null_model(kmeans(3, 1), X, None, silhouette, n_draws=9, seed=seed).p_value)
    assert set(p_values) <= {i / 10 for i in range(1, 11)}
    assert 0.4 < np.mean(p_values) < 0.7  # 0.55 is expected, 0.05 its standard error
    assert np.mean(np.array(p_values) <= 0.2) < 0.4


@pytest.mark.parametrize("null", ["shuffled", "correlated"])
def test_blobs_are_told_from_the_null(null):
    result = null_model(kmeans(3), BLOBS, None, silhouette, null=null)
    assert result.p_value == pytest.approx(1 / 20)
    assert result.z_score > 5
    assert result.observed == pytest.approx(silhouette(BLOBS, kmeans(3)(BLOBS, 7).labels_))


def test_skewed_margins_alone_are_no_structure_however_high_the_silhouette():
    p_values = []
    for seed in range(8):
        spend = np.random.RandomState(seed).lognormal(0, 1.5, size=(400, 3))
        result = null_model(kmeans(2, 1), spend, None, silhouette, n_draws=9, seed=seed)
        assert result.observed > 0.6
        p_values.append(result.p_value)
    assert np.mean(p_values) > 0.3
    assert np.median(p_values) > 0.2


def test_one_factor_is_dependence_and_not_clusters():
    stream = np.random.RandomState(2)
    factor = stream.normal(size=(600, 1)) + 0.5 * stream.normal(size=(600, 4))
    assert null_model(kmeans(2), factor, None, silhouette).p_value == pytest.approx(0.05)
    assert null_model(kmeans(2), factor, None, silhouette, null="correlated").p_value > 0.1


def test_the_correlated_null_keeps_margins_and_correlations():
    drawn = []

    def keeping(X, seed):
        drawn.append(X)
        return kmeans(2)(X, seed)

    stream = np.random.RandomState(4)
    X = np.exp(stream.normal(size=(2_000, 1)) + 0.7 * stream.normal(size=(2_000, 3)))
    null_model(keeping, X, None, silhouette, null="correlated", n_draws=2, max_rows=2_000)
    observed, first, second = drawn
    assert not np.array_equal(first, second)
    for null in (first, second):
        np.testing.assert_array_equal(np.sort(null, axis=0), np.sort(observed, axis=0))
        np.testing.assert_allclose(np.corrcoef(np.log(null.T)), np.corrcoef(np.log(observed.T)), atol=0.06)


def test_observed_is_taken_on_as_many_rows_as_the_null():
    wrong = 123.0
    assert null_model(kmeans(3), BLOBS, wrong, silhouette, n_draws=3, max_rows=300).observed < 1
    assert null_model(kmeans(3), BLOBS, wrong, silhouette, n_draws=3, max_rows=900).observed == wrong


def test_one_column_is_not_tested():
    result = null_model(kmeans(2), np.c_[BLOBS[:, 0], np.ones(len(BLOBS))], None, silhouette)
    assert (result.outcome, result.n_draws) == ("one_column", 0)
    assert np.isnan([result.p_value, result.null_mean, result.null_std, result.z_score]).all()


def test_undefined_is_worse_than_everything():
    calls = []

    def defined_at_first(X, labels):
        calls.append(1)
        return 0.1 if len(calls) == 1 else np.nan

    better = null_model(kmeans(2), BLOBS, None, defined_at_first, n_draws=4)
    assert better.p_value == pytest.approx(1 / 5)
    assert np.isnan(better.null_mean)
    assert null_model(fails, BLOBS, None, silhouette, n_draws=4).p_value == 1
    assert null_model(kmeans(2), BLOBS, None, lambda X, labels: np.nan, n_draws=4).p_value == 1
    # Ties count against the clustering.
    assert null_model(kmeans(2), BLOBS, None, lambda X, labels: 0.5, n_draws=4).p_value == 1


# --- generalisation


def test_generalisation():
    assert generalisation(kmeans(3), BLOBS) == pytest.approx(1)
    assert generalisation(kmeans(4), NORMAL) < 0.5
    assert generalisation(fails, BLOBS) == 0
    assert generalisation(collapses, BLOBS) == 0
    assert np.isnan(generalisation(kmeans(2), BLOBS[:3]))


def test_the_two_halves_share_no_row():
    halves = []

    def keeping(X, seed):
        halves.append(X[:, 0].tolist())
        return kmeans(2)(X, seed)

    X = np.c_[np.arange(101.0), np.arange(101.0) % 7]
    generalisation(keeping, X, n_splits=1)
    assert sorted(halves[0] + halves[1]) == X[:, 0].tolist()


def test_the_same_seed_gives_the_same_evidence_and_another_another():
    labels = kmeans(4)(NORMAL, 7).labels_

    def evidence(seed):
        return (
            bootstrap_stability(kmeans(4), NORMAL, labels, n_resamples=3, seed=seed).adjusted_rand_mean,
            null_model(kmeans(4), NORMAL, None, silhouette, n_draws=3, seed=seed).null_mean,
            generalisation(kmeans(4), NORMAL, seed=seed),
        )

    assert evidence(1) == evidence(1)
    assert all(a != b for a, b in zip(evidence(1), evidence(2), strict=True))


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
    pair = pairwise_separation(x, kmeans(2)(x, 7).labels_, list("abc")).iloc[0]
    assert pair["n_features_apart"] >= 1  # the tests of features are taken in by the cut
    assert not pair["is_separable"]


@pytest.mark.parametrize(("apart", "is_separable"), [(2.0, False), (4.0, True)])
def test_two_clouds_are_separable_from_about_three_standard_deviations(apart, is_separable):
    x = np.random.RandomState(3).normal(size=(4_000, 3))
    x[::2, 0] += apart
    assert pairwise_separation(x, kmeans(2)(x, 7).labels_, list("abc"))["is_separable"].tolist() == [is_separable]


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
    assert pairwise_separation(x, kmeans(2)(x, 7).labels_, list("ab"))["detachment"].item() <= 1


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
