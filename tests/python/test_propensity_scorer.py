"""A scorer is its plain values: read back it predicts the same to the bit, whoever else is scored with them."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propensity_frames import CATEGORIES, NUMBERS, calibration, customers, learned, learned_with_model, rule
from strate.scores.propensity.encoder import FeatureEncoder
from strate.scores.propensity.scorer import Scorer

SCORERS = {
    "past_rate": lambda: rule("past_rate", "purchase"),
    "recency": lambda: rule("recency", "churn", calibrated=True),
    "logistic": lambda: learned("logistic", "embedding", 4),
    "boosting": lambda: learned("boosting", calibrated=False),
    "random_forest": lambda: learned("random_forest", "embedding"),
    "mlp": lambda: learned("mlp", n_components=3),
}


@pytest.fixture(scope="module", params=SCORERS)
def scorer(request) -> Scorer:
    return SCORERS[request.param]()


def test_plain_values_predict_the_same_to_the_bit(scorer):
    frame, _ = customers(9_000, seed=2)
    text = json.dumps(scorer.to_plain(), allow_nan=False)
    again = Scorer.from_plain(json.loads(text))
    np.testing.assert_array_equal(again.predict(frame), scorer.predict(frame))
    assert json.dumps(again.to_plain(), allow_nan=False) == text
    assert (again.method, again.target, again.horizon_days) == (scorer.method, scorer.target, scorer.horizon_days)
    assert again.features == scorer.features
    assert again.to_sql() == scorer.to_sql()


@given(seed=st.integers(0, 2**32 - 1), pieces=st.integers(1, 6))
def test_a_score_hangs_on_its_own_row_only(scorer, seed, pieces):
    frame, _ = customers(300, seed=2)
    whole = scorer.predict(frame)
    order = np.random.default_rng(seed).permutation(np.repeat(np.arange(300), 2))
    parts = [scorer.predict(frame.iloc[part]) for part in np.array_split(order, pieces)]
    np.testing.assert_array_equal(np.concatenate(parts), whole[order])


def test_probabilities_are_probabilities_at_the_ends_of_the_world(scorer):
    frame, _ = customers(6, seed=2)
    frame = frame.astype({name: "float64" for name in scorer.features if frame[name].dtype.kind in "if"})
    extremes = [np.nan, np.inf, -np.inf, 1e299, -1e299, 0.0]
    for name in scorer.features:
        frame[name] = None if name in CATEGORIES else extremes
    probability = scorer.predict(frame)
    assert ((probability >= 0) & (probability <= 1)).all()
    assert scorer.predict(frame.head(0)).shape == (0,)


@pytest.mark.parametrize("method", ["logistic", "boosting", "random_forest", "mlp"])
def test_the_numbers_read_out_are_the_model(method):
    scorer, model = learned_with_model(method, calibrated=False)
    frame, _ = customers(2_000, seed=3)
    expected = model.predict_proba(scorer.encoder.transform(frame))[:, 1]
    np.testing.assert_allclose(scorer.predict(frame), expected, atol=1e-12)


@pytest.mark.parametrize(("side", "child"), [("left", 0), ("right", 10_000)])
def test_a_tree_without_end_is_refused(side, child):
    plain = json.loads(json.dumps(learned("boosting").to_plain()))
    plain["model"]["trees"][3][side][0] = child
    with pytest.raises(ValueError, match="later ones"):
        Scorer.from_plain(plain)


def test_calibration_is_the_last_step():
    frame, _ = customers(500, seed=3)
    bare, whole = learned("boosting", calibrated=False), learned("boosting")
    np.testing.assert_array_equal(whole.predict(frame), calibration().predict(bare.predict(frame)))


def test_nothing_unknown_is_loaded():
    plain = learned("boosting").to_plain()
    plain["model"] = plain["model"] | {"kind": "os.system"}
    with pytest.raises(ValueError, match=r"'trees'.*got 'os.system'"):
        Scorer.from_plain(plain)
    with pytest.raises(ValueError, match="got object"):
        Scorer("magic", "purchase", None, object(), None, 90)


@pytest.mark.parametrize(("library", "name"), [("xgboost", "XGBClassifier"), ("lightgbm", "LGBMClassifier")])
def test_boosting_libraries_keep_their_own_text(library, name):
    module = pytest.importorskip(library)
    frame, bought = customers(1_000)
    encoder = FeatureEncoder(NUMBERS, CATEGORIES)
    model = getattr(module, name)(n_estimators=20, n_jobs=1).fit(encoder.fit_transform(frame, bought), bought)
    scorer = Scorer(library, "purchase", encoder, model, calibration(), 90)
    again = Scorer.from_plain(json.loads(json.dumps(scorer.to_plain(), allow_nan=False)))
    np.testing.assert_array_equal(again.predict(frame), scorer.predict(frame))
    expected = calibration().predict(model.predict_proba(encoder.transform(frame))[:, 1])
    np.testing.assert_allclose(scorer.predict(frame), expected, atol=1e-6)
    assert scorer.to_sql() is None


def test_columns_may_come_in_any_type():
    frame, _ = customers(400, seed=4)
    scorer = learned("boosting")
    other = frame.astype({"visits": "Int64", "balance": "Float64", "brand": "string", "is_member": "boolean"})
    other["amount"] = pd.array(frame["amount"], dtype="Float64")
    np.testing.assert_array_equal(scorer.predict(other), scorer.predict(frame))
