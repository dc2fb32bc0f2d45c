"""The Python parts of clustering on whatever numbers there are."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from strate.clustering import CustomerTransformer, KMeansSegmenter, fit_clustering, load_clustering
from strate.clustering.prototype_segmenter import PrototypeSegmenter
from strate.clustering.transforms import TRANSFORMS

ANY_NUMBER = st.one_of(
    st.sampled_from([0.0, 1.0, -1.0, np.nan, np.inf, -np.inf, 1e300, -1e300, 1e-300]),
    st.integers(-3, 3).map(float),
    st.floats(-1e6, 1e6),
)
MODEST = st.one_of(st.integers(-3, 3).map(float), st.floats(-1e3, 1e3).map(lambda x: round(x, 3)))
SETTINGS = st.fixed_dictionaries(
    {
        "clip_quantile": st.sampled_from([0, 0.001, 0.1]),
        "fill_with_max": st.sampled_from([[], ["a"]]),
        "pca_components": st.sampled_from([0, 1, 2]),
    }
)


def frames(numbers: st.SearchStrategy[float], most_rows: int = 25) -> st.SearchStrategy[pd.DataFrame]:
    """Return frames of three features `a` to `c`, some of them constant, with ids."""
    shapes = st.tuples(st.integers(1, most_rows), st.just(3))
    matrices = st.tuples(shapes.flatmap(lambda s: arrays.arrays("float64", s, elements=numbers)), st.booleans())

    def frame(case: tuple[np.ndarray, bool]) -> pd.DataFrame:
        matrix, is_constant = case
        if is_constant:
            matrix = matrix.copy()
            matrix[:, 1] = matrix[0, 1]
        return pd.DataFrame(matrix, columns=list("abc")).assign(customer_id=[f"c{n:02d}" for n in range(len(matrix))])

    return matrices.map(frame)


def timeless(artifacts: pd.DataFrame) -> pd.DataFrame:
    return artifacts[artifacts["name"] != "seconds"].reset_index(drop=True)


@given(frame=frames(ANY_NUMBER), transformation=st.sampled_from(TRANSFORMS), settings=SETTINGS)
def test_components_are_finite_and_those_of_the_row(frame, transformation, settings):
    transformer = CustomerTransformer(list("abc"), transformation=transformation, **settings).fit(frame)
    assert set(transformer.features_) | set(transformer.dropped_) == set("abc")
    X = transformer.transform(frame)
    assert X.shape == (len(frame), len(transformer.component_names_))
    assert np.isfinite(X).all()
    # A row's components depend on the row alone, and equal rows have equal ones.
    order = np.arange(len(frame))[::-1]
    np.testing.assert_array_equal(transformer.transform(frame.iloc[order]), X[order])
    np.testing.assert_array_equal(transformer.transform(frame.iloc[[0]]), X[[0]])


@given(frame=frames(ANY_NUMBER), transformation=st.sampled_from(TRANSFORMS))
def test_scaled_features_keep_the_order_of_their_values(frame, transformation):
    transformer = CustomerTransformer(list("abc"), transformation=transformation).fit(frame)
    scaled = transformer.scale(frame)
    for position, feature in enumerate(transformer.features_):
        values = frame[feature].to_numpy()
        known = np.isfinite(values)
        ascending = np.argsort(values[known], kind="stable")
        assert (np.diff(scaled[known, position][ascending]) >= 0).all(), feature


POINTS = st.tuples(st.integers(1, 25), st.integers(1, 3)).flatmap(
    lambda shape: arrays.arrays("float64", shape, elements=MODEST)
)


@given(X=POINTS, n_clusters=st.integers(1, 5), random=st.randoms(use_true_random=False))
def test_kmeans_gives_each_row_its_nearest_prototype(X, n_clusters, random):
    n_clusters = min(n_clusters, len(X))
    segmenter = KMeansSegmenter(n_clusters, n_starts=2).fit(X)
    distances = ((X[:, None, :] - segmenter.prototypes_[None]) ** 2).sum(axis=2)
    chosen = distances[np.arange(len(X)), segmenter.labels_ - 1]
    np.testing.assert_allclose(chosen, distances.min(axis=1), rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(segmenter.inertia_, chosen.sum(), rtol=1e-9, atol=1e-9)
    assert set(segmenter.labels_) == set(segmenter.prototype_labels_) == set(range(1, len(segmenter.prototypes_) + 1))
    assert len(segmenter.prototypes_) <= min(n_clusters, len(np.unique(X, axis=0)))
    order = random.sample(range(len(X)), len(X))
    assert (segmenter.predict(X[order]) == segmenter.labels_[order]).all()
    again = PrototypeSegmenter().set_prototypes(segmenter.prototypes_, segmenter.prototype_labels_)
    assert (again.predict(X) == segmenter.labels_).all()


@pytest.mark.parametrize("numbers", [MODEST, ANY_NUMBER], ids=["modest", "any"])
@given(data=st.data())
def test_a_clustering_has_everybody_whatever_the_order(numbers, data):
    frame = data.draw(frames(numbers))
    settings = data.draw(SETTINGS) | {"transform": data.draw(st.sampled_from(TRANSFORMS))}
    few = {"features": list("abc"), "max_clusters": 3, "n_starts": 1, "n_resamples": 2, "n_null_draws": 2}
    artifacts = fit_clustering(frame, **few, **settings)
    facts = artifacts[artifacts["record_type"] == "model"].set_index("name")
    assert facts.loc["outcome", "detail"] in (
        "fitted",
        "merged_into_one",
        "no_clusters",
        "too_few_distinct_rows",
        "no_usable_features",
    )

    predicted = load_clustering(artifacts).predict(frame)
    sizes = artifacts[(artifacts["record_type"] == "cluster") & (artifacts["name"] == "size")]
    if facts.loc["outcome", "detail"] in ("no_usable_features", "no_clusters"):
        assert predicted.isna().all()
        assert not len(sizes)
    else:
        assert sizes["value"].sum() == len(frame)
        assert sizes["cluster_id"].tolist() == list(range(1, len(sizes) + 1))
        assert predicted.value_counts().to_dict() == dict(zip(sizes["cluster_id"], sizes["value"], strict=True))
    random = data.draw(st.randoms(use_true_random=False))
    shuffled = frame.iloc[random.sample(range(len(frame)), len(frame))]
    pd.testing.assert_frame_equal(
        timeless(fit_clustering(shuffled, **few, **settings)), timeless(artifacts), check_exact=True
    )
