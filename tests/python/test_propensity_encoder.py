"""Features and categories as numbers: nothing leaks, nothing unknown breaks, and embeddings say something."""

import json

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

from propensity_frames import CATEGORIES, NUMBERS, customers
from strate.scores.propensity.category_embedding import CategoryEmbedding
from strate.scores.propensity.category_levels import LEAST_COUNT, MOST_LEVELS, CategoryLevels
from strate.scores.propensity.encoder import BOUND, FeatureEncoder


def test_trees_see_numbers_as_they_are_and_nulls_as_missing():
    frame = pd.DataFrame(
        {"a": [1, 2, -3, 4], "b": [np.inf, None, 0.5, -np.inf], "c": [True, None, False, True], "d": [None] * 4}
    )
    encoder = FeatureEncoder(["a", "b", "c", "d"], ())
    matrix = encoder.fit_transform(frame, [0, 1, 0, 1])
    assert encoder.columns_ == ["a", "b", "c"]
    expected = [[1, np.nan, 1], [2, np.nan, np.nan], [-3, 0.5, 0], [4, np.nan, 1]]
    np.testing.assert_array_equal(matrix, np.array(expected))


def test_linear_form_is_filled_standardised_and_bounded():
    frame, bought = customers(2_000)
    encoder = FeatureEncoder(["visits", "amount", "balance"], form="linear")
    matrix = encoder.fit_transform(frame, bought)
    assert encoder.columns_ == ["visits", "amount", "balance", "amount_is_missing"]
    assert np.isfinite(matrix).all()
    assert np.abs(matrix).max() <= BOUND
    np.testing.assert_allclose(matrix.mean(axis=0), 0, atol=0.05)
    np.testing.assert_allclose(matrix.std(axis=0), 1, atol=0.1)
    missing = frame["amount"].isna().to_numpy()
    assert len(np.unique(matrix[missing, 1])) == 1
    assert matrix[missing, 3].min() > matrix[~missing, 3].max()


def test_components_are_as_many_as_asked_and_uncorrelated():
    frame, bought = customers(1_000)
    encoder = FeatureEncoder(NUMBERS, CATEGORIES, "linear", "embedding", n_components=3)
    matrix = encoder.fit_transform(frame, bought)
    assert matrix.shape == (1_000, 3)
    products = np.corrcoef(matrix.T)
    np.testing.assert_allclose(products, np.eye(3), atol=1e-6)
    assert FeatureEncoder(["visits"], form="linear", n_components=9).fit_transform(frame, bought).shape == (1_000, 1)
    with pytest.raises(ValueError, match="'linear'"):
        FeatureEncoder(NUMBERS, form="tree", n_components=3).fit(frame, bought)


def test_one_absurd_value_does_not_squash_all_others():
    frame, bought = customers(2_000)
    usual = FeatureEncoder(["balance"], form="linear").fit_transform(frame, bought)
    absurd = frame.assign(balance=frame["balance"].where(frame.index > 0, 1e200))
    found = FeatureEncoder(["balance"], form="linear").fit_transform(absurd, bought)
    np.testing.assert_allclose(found[1:], usual[1:], atol=0.02)
    assert found[0, 0] == BOUND


def test_levels_are_the_frequent_ones_and_others_share_a_place():
    counts = {f"level {number:03d}": LEAST_COUNT + number % 3 for number in range(MOST_LEVELS + 10)}
    values = pd.Series([level for level, count in counts.items() for _ in range(count)] + ["rare", None])
    levels = CategoryLevels().fit(values)
    assert len(levels.levels_) == MOST_LEVELS
    assert {counts[level] for level in levels.levels_[:20]} == {LEAST_COUNT + 2}
    asked = pd.Series([levels.levels_[3], None, "rare", "never seen", np.nan], dtype=object)
    assert levels.places(asked).tolist() == [3, MOST_LEVELS, MOST_LEVELS + 1, MOST_LEVELS + 1, MOST_LEVELS]


@pytest.mark.parametrize("encoding", ["target", "embedding"])
def test_unknown_levels_are_safe(encoding):
    frame, bought = customers(2_000)
    encoder = FeatureEncoder(NUMBERS, CATEGORIES, category_encoding=encoding).fit(frame, bought)
    strange = frame.head(3).assign(brand=["never seen", "also new", ""], country=None)
    matrix = encoder.transform(strange)
    of_brand = [at for at, name in enumerate(encoder.columns_) if name.startswith("brand")]
    assert np.isfinite(matrix[:, of_brand]).all()
    assert (matrix[:, of_brand] == matrix[0, of_brand]).all()
    if encoding == "embedding":
        assert not matrix[:, of_brand].any()
    else:
        assert matrix[0, of_brand[0]] == pytest.approx(bought.mean(), abs=0.01)


def test_a_random_category_of_many_levels_does_not_look_predictive():
    stream = np.random.default_rng(4)
    count = 1_350
    frame = pd.DataFrame({"town": (np.arange(count) % 45).astype(str)})
    label = stream.integers(0, 2, count)
    encoder = FeatureEncoder([], ["town"])
    as_trained = encoder.fit_transform(frame, label)[:, 0]
    with_own_label = encoder.transform(frame)[:, 0]
    assert roc_auc_score(label, with_own_label) > 0.55  # what cross-fitting is there to prevent
    assert roc_auc_score(label, as_trained) < 0.52


def test_target_encoding_never_sees_a_label_of_the_same_customer():
    stream = np.random.default_rng(4)
    households = np.repeat(np.arange(45), 30)  # a level each, all of one label: only groups keep it from telling
    frame = pd.DataFrame({"household": households.astype(str)})
    label = stream.integers(0, 2, 45)[households]
    alone = FeatureEncoder([], ["household"]).fit_transform(frame, label)[:, 0]
    grouped = FeatureEncoder([], ["household"]).fit_transform(frame, label, households)[:, 0]
    assert roc_auc_score(label, alone) > 0.95
    assert roc_auc_score(label, grouped) < 0.55


def test_a_level_that_matters_is_seen_by_target_encoding():
    frame, bought = customers(4_000)
    matrix = FeatureEncoder([], ["brand"]).fit_transform(frame, bought)
    assert roc_auc_score(bought, matrix[:, 0]) > 0.6


def test_embedding_carries_the_signal_of_a_category_without_the_label():
    stream = np.random.default_rng(9)
    count, levels = 6_000, 40
    kind = stream.integers(0, 2, levels)  # what levels have in common, which nobody is told
    level = stream.integers(0, levels, count)
    numbers = stream.normal(size=(count, 6)) + 0.5 * kind[level][:, None]
    frame = pd.DataFrame(numbers[:, :1], columns=["seen"]).assign(shop=level.astype(str))
    for position in range(1, 6):
        frame[f"other_{position}"] = numbers[:, position]
    label = (stream.random(count) < expit(3 * kind[level] - 1.5)).astype(int)
    features = ["seen", *(f"other_{position}" for position in range(1, 6))]

    encoder = FeatureEncoder(features, ["shop"], "linear", "embedding")
    no_label = encoder.fit(frame.head(4_000), np.zeros(4_000)).transform(frame)
    columns = [at for at, name in enumerate(encoder.columns_) if name.startswith("shop")]
    assert 1 <= len(columns) <= 4
    model = LogisticRegression().fit(no_label[:4_000, columns], label[:4_000])
    auc = roc_auc_score(label[4_000:], model.decision_function(no_label[4_000:, columns]))
    assert auc > 0.95 * roc_auc_score(label[4_000:], kind[level[4_000:]])


def test_embedding_shrinks_levels_of_few_customers():
    places = np.array([0] * 500 + [1] * 5)
    numbers = np.ones((505, 2))
    vectors = CategoryEmbedding().fit(places, 4, numbers).vectors_
    large, small = np.linalg.norm(vectors[0]), np.linalg.norm(vectors[1])
    assert small / large == pytest.approx((5 / 55) / (500 / 550))
    assert not vectors[2:].any()


@pytest.mark.parametrize("form", ["tree", "linear"])
@pytest.mark.parametrize("encoding", ["target", "embedding", "none"])
def test_plain_values_make_the_same_encoder(form, encoding):
    frame, bought = customers(800)
    components = 3 if form == "linear" else None
    encoder = FeatureEncoder(tuple(NUMBERS), tuple(CATEGORIES), form, encoding, components).fit(frame, bought)
    again = FeatureEncoder.from_plain(json.loads(json.dumps(encoder.to_plain(), allow_nan=False)))
    np.testing.assert_array_equal(again.transform(frame), encoder.transform(frame))
    assert again.columns_ == encoder.columns_
    assert again.to_sql() == encoder.to_sql()


def test_nothing_known_gives_no_column():
    frame = pd.DataFrame({"a": [None] * 30, "b": [None] * 30})
    for form in ("tree", "linear"):
        encoder = FeatureEncoder(["a"], ["b"], form)
        assert encoder.fit_transform(frame, np.arange(30) % 2).shape == (30, 0)
        assert encoder.columns_ == []


def test_one_class_alone_is_no_error():
    frame, _ = customers(200)
    matrix = FeatureEncoder(NUMBERS, CATEGORIES).fit_transform(frame, np.zeros(200))
    assert not matrix[:, -1].any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"form": "square"}, "form must be one of"),
        ({"category_encoding": "one_hot"}, "category_encoding must be one of"),
        ({"features": ["visits", "visits"]}, "came twice"),
        ({"features": ["absent"]}, "absent from it"),
    ],
)
def test_illegal_arguments_are_named(arguments, message):
    frame, bought = customers(100)
    with pytest.raises(ValueError, match=message):
        FeatureEncoder(**({"features": ["visits"]} | arguments)).fit(frame, bought)
