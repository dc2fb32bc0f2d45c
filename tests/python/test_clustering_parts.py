"""The estimators and pure functions of `strate.clustering`, against scikit-learn and by hand."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics as reference
from sklearn.base import clone
from sklearn.datasets import make_blobs
from sklearn.decomposition import PCA
from sklearn.exceptions import NotFittedError
from sklearn.preprocessing import PowerTransformer, RobustScaler

from strate.clustering import CustomerTransformer, KMeansSegmenter
from strate.clustering.metrics import calinski_harabasz, davies_bouldin, silhouette_scores
from strate.clustering.naming import name_clusters, standardised_differences
from strate.clustering.prototype_segmenter import PrototypeSegmenter, canonical_order
from strate.clustering.selection import Candidate, choose, elbow
from strate.clustering.transforms import fit_yeo_johnson, signed_log, yeo_johnson

RNG = np.random.RandomState(11)
SKEWED = RNG.lognormal(3, 1, 800) * RNG.choice([-0.2, 1], 800, p=[0.2, 0.8])


def test_signed_log():
    assert signed_log(np.array([0.0, np.e - 1, 1 - np.e])).tolist() == pytest.approx([0, 1, -1])


@pytest.mark.parametrize("lambda_", [-1.3, 0, 0.4, 1, 2, 2.7])
def test_yeo_johnson_is_that_of_scikit_learn(lambda_):
    theirs = PowerTransformer(standardize=False).fit(SKEWED[:, None])
    theirs.lambdas_ = np.array([lambda_], dtype=float)
    np.testing.assert_allclose(yeo_johnson(SKEWED, lambda_), theirs.transform(SKEWED[:, None])[:, 0], rtol=1e-9)


def test_yeo_johnson_power_is_that_of_scikit_learn():
    theirs = PowerTransformer(standardize=False).fit(SKEWED[:, None]).lambdas_[0]
    assert fit_yeo_johnson(SKEWED) == round(theirs, 4)


def test_yeo_johnson_power_is_bounded():
    years = RNG.randint(2015, 2024, 500).astype(float)
    assert abs(fit_yeo_johnson(years)) <= 5
    assert fit_yeo_johnson(np.array([1e300, 1e-300, -1e300])) == pytest.approx(1, abs=4)


def test_center_and_scale_are_those_of_robust_scaler():
    frame = pd.DataFrame({"revenue": SKEWED, "balance": RNG.laplace(40, 12, 800)})
    ours = CustomerTransformer(["revenue", "balance"], transformation="none", clip_quantile=0).fit(frame)
    theirs = RobustScaler().fit(frame.to_numpy())
    np.testing.assert_allclose(ours.parameters_["center"], theirs.center_)
    np.testing.assert_allclose(ours.parameters_["scale"], theirs.scale_ / 1.349)


def test_indicators_stay_as_they_are_and_missing_is_no_level():
    frame = pd.DataFrame({"revenue": [1.0, 5.0, 9.0, 40.0], "is_female": [0.0, 1.0, np.nan, 1.0], "is_male": [0.0] * 4})
    transformer = CustomerTransformer(["revenue", "is_female", "is_male"], indicators=["is_female", "is_male"])
    scaled = transformer.fit_transform(frame)
    assert scaled[:, 1].tolist() == [0, 1, 0, 1]
    assert transformer.dropped_ == {"is_male": "constant"}


def test_feature_of_two_humps_is_not_shrunk():
    humps = np.r_[RNG.normal(0, 1, 400), RNG.normal(20, 1, 400)]
    transformer = CustomerTransformer(["x"], transformation="none", clip_quantile=0)
    transformer.fit(pd.DataFrame({"x": humps}))
    assert transformer.parameters_.loc["x", "scale"] == pytest.approx(humps.std())


def test_zero_inflated_feature_is_scaled_by_its_standard_deviation():
    counts = np.r_[np.zeros(760), np.arange(1, 41)]
    nearly = np.r_[np.zeros(590), np.full(30, 0.01), np.full(180, 30.0)]
    frame = pd.DataFrame({"count": counts, "nearly": nearly})
    transformer = CustomerTransformer(["count", "nearly"], transformation="none", clip_quantile=0)
    scaled = transformer.fit_transform(frame)
    assert transformer.parameters_["scale"].tolist() == pytest.approx([counts.std(), nearly.std()])
    assert scaled.std(axis=0).tolist() == pytest.approx([1, 1])


def test_scaled_features_spread_from_one_to_two():
    frame = pd.DataFrame({f"f{i}": RNG.gamma(0.05 * (i + 1), 5, 700) for i in range(12)})
    spread = CustomerTransformer(list(frame), transformation="none").fit_transform(frame).std(axis=0)
    assert (spread >= 1 - 1e-9).all()
    assert (spread <= 2 + 1e-9).all()


@pytest.mark.parametrize(
    ("rows", "quantile", "clipped"), [(2001, 0.01, 20), (200, 0.001, 1), (9, 0.1, 0), (50, 0, None)]
)
def test_rows_clipped_at_each_end(rows, quantile, clipped):
    values = np.arange(rows, dtype=float)
    transformer = CustomerTransformer(["x"], transformation="none", clip_quantile=quantile)
    transformer.fit(pd.DataFrame({"x": RNG.permutation(values)}))
    lower, upper = transformer.parameters_.loc["x", ["lower", "upper"]]
    if clipped is None:
        assert (lower, upper) == (-np.finfo(float).max, np.finfo(float).max)
    else:
        assert (lower, upper) == (clipped, rows - 1 - clipped)


@pytest.mark.parametrize("seed", range(4))
def test_projection_is_pca_up_to_the_sign(seed):
    rng = np.random.RandomState(seed)
    frame = pd.DataFrame(rng.normal(size=(500, 4)) @ rng.normal(size=(4, 4)), columns=list("abcd"))
    transformer = CustomerTransformer(list("abcd"), transformation="none", pca_components=3).fit(frame)
    scaled = transformer.scale(frame)
    theirs = PCA(3).fit(scaled)
    signs = np.sign((transformer.loadings_ * theirs.components_.T).sum(axis=0))
    np.testing.assert_allclose(transformer.transform(frame), theirs.transform(scaled) * signs, atol=1e-9)
    assert transformer.explained_variance_share_ == pytest.approx(theirs.explained_variance_ratio_.sum())
    farthest = np.abs(transformer.loadings_).argmax(axis=0)
    assert (transformer.loadings_[farthest, range(3)] > 0).all()


def test_projection_leaves_out_directions_without_variance():
    frame = pd.DataFrame({"a": RNG.normal(size=300)}).assign(b=lambda f: f["a"] * 2)
    transformer = CustomerTransformer(["a", "b"], transformation="none", pca_components=2).fit(frame)
    assert transformer.component_names_ == ["component_1"]


def test_estimators_store_only_and_can_be_cloned():
    transformer = CustomerTransformer("not a list", transformation=3, clip_quantile="x")
    assert clone(transformer).get_params() == transformer.get_params()
    assert clone(KMeansSegmenter(n_clusters=-1)).n_clusters == -1
    with pytest.raises(ValueError, match="features must be a list of column names"):
        transformer.fit(pd.DataFrame())
    with pytest.raises(ValueError, match="transformation must be one of"):
        CustomerTransformer(["a"], transformation="sqrt").fit(pd.DataFrame({"a": [1]}))
    with pytest.raises(NotFittedError):
        CustomerTransformer(["a"]).transform(pd.DataFrame({"a": [1]}))
    with pytest.raises(NotFittedError):
        KMeansSegmenter().predict(np.zeros((1, 1)))


@pytest.mark.parametrize(
    ("segmenter", "X", "message"),
    [
        (KMeansSegmenter(4), np.eye(3), "n_clusters must be an integer from 1 to 3; got 4"),
        (KMeansSegmenter(2, n_starts=0), np.eye(3), "n_starts must be an integer of at least 1"),
        (KMeansSegmenter(2), np.array([[1.0], [np.nan]]), "X must hold finite numbers only"),
        (KMeansSegmenter(2), np.arange(3.0), r"X must have shape \(rows, columns\)"),
    ],
)
def test_segmenter_refuses(segmenter, X, message):
    with pytest.raises(ValueError, match=message):
        segmenter.fit(X)


def test_kmeans_is_as_good_as_scikit_learn_with_all_starts_to_the_end():
    from sklearn.cluster import KMeans

    X, _ = make_blobs(2000, n_features=4, centers=6, cluster_std=2.5, random_state=2)
    theirs = KMeans(6, n_init=10, random_state=7).fit(X)
    ours = KMeansSegmenter(6).fit(X)
    assert ours.inertia_ <= theirs.inertia_ * 1.002
    assert ours.prototype_labels_.tolist() == [1, 2, 3, 4, 5, 6]
    assert (ours.predict(X) == ours.labels_).all()


def test_kmeans_with_fewer_distinct_rows_than_clusters():
    segmenter = KMeansSegmenter(5).fit(np.repeat([[0.0], [1.0]], 10, axis=0))
    assert segmenter.prototypes_.tolist() == [[0.0], [1.0]]
    assert segmenter.labels_.tolist() == [1] * 10 + [2] * 10


def test_cluster_may_own_several_prototypes_and_ties_go_to_the_first():
    segmenter = PrototypeSegmenter().set_prototypes(np.array([[0.0], [4.0], [2.0]]), np.array([2, 2, 1]))
    assert segmenter.predict(np.array([[-1.0], [1.0], [2.1], [3.0], [9.0]])).tolist() == [2, 2, 1, 2, 2]
    with pytest.raises(ValueError, match="X must have 1 components; got 2"):
        segmenter.predict(np.zeros((1, 2)))
    with pytest.raises(ValueError, match="labels must have one entry for each of the 3 prototypes"):
        segmenter.set_prototypes(np.zeros((3, 1)), np.array([1]))


def test_canonical_order_breaks_ties_of_the_mean_by_component():
    prototypes = np.array([[2.0, 0.0], [5.0, 5.0], [0.0, 2.0], [-9.0, 0.0]])
    assert canonical_order(prototypes).tolist() == [3, 2, 0, 1]


def test_metrics_are_those_of_scikit_learn():
    X, _ = make_blobs(3000, n_features=3, centers=4, cluster_std=3, random_state=4)
    labelings = [KMeansSegmenter(k, n_starts=1).fit(X).labels_ for k in (2, 5)] + [np.arange(3000) % 3]
    for ours, labels in zip(silhouette_scores(X, labelings), labelings, strict=True):
        assert ours == pytest.approx(reference.silhouette_score(X, labels), abs=1e-9)
        assert davies_bouldin(X, labels) == pytest.approx(reference.davies_bouldin_score(X, labels))
        assert calinski_harabasz(X, labels) == pytest.approx(reference.calinski_harabasz_score(X, labels))


def test_metrics_at_the_edges():
    X = np.array([[0.0], [0.0], [10.0]])
    one, lone, alone = np.array([1, 1, 1]), np.array([1, 1, 2]), np.array([1, 2, 3])
    scores = silhouette_scores(X, [one, lone, alone])
    assert np.isnan(scores[0])
    assert scores[1:] == pytest.approx([2 / 3, 0])
    assert np.isnan([davies_bouldin(X, one), davies_bouldin(X, alone), calinski_harabasz(X, one)]).all()
    assert np.isnan([calinski_harabasz(X, lone), calinski_harabasz(X, alone)]).all()
    assert davies_bouldin(X, lone) == 0
    assert silhouette_scores(X, []) == []


def test_elbow_is_farthest_below_the_chord():
    assert elbow([2, 3, 4, 5, 6], [100, 60, 20, 18, 16]) == 4
    assert elbow([2, 3, 4, 5, 6], [1e9, 6e8, 2e8, 1.8e8, 1.6e8]) == 4
    assert elbow([2, 3, 4], [30, 20, 10]) is None
    assert elbow([2, 3], [30, 20]) is None
    assert elbow([2, 3, 4], [0, 0, 0]) is None


def listed(silhouettes: list[float], sizes: list[int] | None = None) -> list[Candidate]:
    """Return candidates from k = 2 on, with inertias whose elbow is k = 3."""
    inertias = [100, 40, 35, 30, 25]
    sizes = sizes or [50] * len(silhouettes)
    return [
        Candidate(k, s, i, n) for k, (s, i, n) in enumerate(zip(silhouettes, inertias, sizes, strict=False), start=2)
    ]


def test_fewest_clusters_within_the_tolerance():
    candidates = listed([0.30, 0.49, 0.40, 0.50])
    assert choose(candidates, tolerance=0.02).k == 3
    assert choose(candidates, tolerance=0.02).reason == (
        "k = 3 is the fewest clusters whose silhouette (0.490) is within 0.02 of the best (0.500 at k = 5)."
    )
    assert choose(candidates, tolerance=0).k == 5
    assert choose(candidates, tolerance=0.5).k == 2
    assert choose(listed([0.6, 0.5])).reason == "k = 2 has the best silhouette (0.600)."
    assert choose(listed([0.5, 0.5]), tolerance=0).k == 2


def test_tolerance_is_taken_from_the_best_eligible():
    candidates = listed([0.30, 0.49, 0.40, 0.90], [50, 50, 50, 3])
    assert choose(candidates, least_size=10).k == 3
    assert choose(candidates, least_size=10).reason.endswith("; out for a cluster of fewer than 10 customers: k = 5.")


def test_fallbacks_of_the_choice_say_so():
    none_eligible = choose(listed([0.30, 0.49, 0.50]), least_size=99)
    assert none_eligible.k == 4  # the tolerance does not count here
    assert "no candidate has at least 99 customers" in none_eligible.reason
    undefined = choose(listed([np.nan, np.nan, np.nan]))
    assert undefined.k == 2
    assert "no silhouette is defined" in undefined.reason
    assert choose(listed([np.nan, 0.2, 0.1])).k == 3


def test_elbow_decides_if_asked_and_eligible():
    assert choose(listed([0.9, 0.3, 0.2, 0.2]), selection="elbow").k == 3
    out = choose(listed([0.9, 0.3, 0.2, 0.2], [50, 2, 50, 50]), selection="elbow", least_size=10)
    assert (out.k, out.elbow_k) == (2, 3)
    assert "the elbow was asked for, but k = 3 is not eligible" in out.reason
    assert "there is none" in choose(listed([0.9, 0.3]), selection="elbow").reason
    assert choose(listed([0.9, 0.3, 0.2, 0.2])).elbow_k == 3


def test_names_get_longer_until_they_differ():
    differences = np.array([[3.0, 2, 1, 0], [3, 2, -1, 0], [-3, 0.1, 0, 0], [0.1, 0, 0, 0.2]])
    assert name_clusters(differences, list("abcd")) == [
        "high a · high b · high c",
        "high a · high b · low c",
        "low a",
        "close to average",
    ]
    same = np.array([[1.0], [2.0], [-3.0]])
    assert name_clusters(same, ["a"]) == ["high a · cluster 1", "high a · cluster 2", "low a"]
    assert name_clusters(np.zeros((1, 2)), ["a", "b"]) == ["everybody"]


def test_standardised_differences():
    values = np.array([[0.0, 5], [0, 5], [4, 5], [4, 5]])
    assert standardised_differences(values, np.array([1, 1, 2, 2])).tolist() == [[-1, 0], [1, 0]]
