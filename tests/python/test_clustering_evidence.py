"""Evidence for a clustering: stability, null model, generalisation."""

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from strate.clustering import KMeansSegmenter
from strate.clustering.generalisation import generalisation
from strate.clustering.metrics import silhouette_scores
from strate.clustering.null_model import null_model
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.stability import bootstrap_stability

CENTERS = np.array([[0, 0], [10, 0], [0, 10]])
BLOBS, BLOB_LABELS = make_blobs(900, 2, centers=CENTERS, random_state=3)
NORMAL = np.random.RandomState(5).normal(size=(900, 3))


def kmeans(k, n_starts=3):
    return lambda X, seed: KMeansSegmenter(k, n_starts=n_starts, seed=seed).fit(X)


def silhouette(X, labels):
    return silhouette_scores(X, [labels])[0]


def core(X, seed, reach=3.0):
    """Fit clusters within `reach` of the first and of the second center; the rest is noise."""
    segmenter = PrototypeSegmenter().set_prototypes(CENTERS[:2], np.array([1, 2]), np.full(2, reach**2))
    segmenter.labels_ = segmenter.predict(X)
    return segmenter


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
        segmenter = PrototypeSegmenter().set_prototypes(centers, np.array([1, 2, 3, 4]))
        segmenter.labels_ = segmenter.predict(X)
        return segmenter

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
    labels = core(BLOBS, 1).labels_
    assert set(labels) == {0, 1, 2}
    same = bootstrap_stability(core, BLOBS, labels)
    assert same.adjusted_rand_mean == 1
    assert same.cluster_recovery.tolist() == [1, 1]
    # The third blob is noise in the reference and joins the others here: fewer agree, nobody's cluster is dropped.
    absorbed = bootstrap_stability(lambda X, seed: core(X, seed, reach=99), BLOBS, labels)
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
