"""What moved a score most: the effect of a feature against its typical value, always in the same order."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from propensity_frames import customers, learned
from strate.scores.propensity.importance import reasons, typical_values

WEIGHTS = {"a": 0.3, "b": -0.2, "c": 0.1, "d": 0.1}
STEPS = st.sampled_from([-1.0, 0.0, 0.0, 0.5, 1.0])


def additive(frame: pd.DataFrame) -> np.ndarray:
    return sum(weight * frame[name].fillna(2).to_numpy(dtype="float64") for name, weight in WEIGHTS.items())


@given(
    rows=st.lists(st.tuples(STEPS, STEPS, STEPS, STEPS), min_size=1, max_size=5), order=st.permutations(list(WEIGHTS))
)
def test_effects_of_a_sum_are_its_terms_and_equals_keep_their_order(rows, order):
    frame = pd.DataFrame(rows, columns=list(WEIGHTS))
    names, effects = reasons(additive, frame, dict.fromkeys(order, 0.0), additive(frame))
    for row, found, sizes in zip(rows, names, effects, strict=True):
        terms = {name: WEIGHTS[name] * value for name, value in zip(WEIGHTS, row, strict=True)}
        best = sorted(order, key=lambda name: (-round(abs(terms[name]), 9), order.index(name)))[:3]
        assert found.tolist() == best
        assert sizes == pytest.approx([terms[name] for name in best])


def test_a_typical_null_and_a_typical_level_are_put_in_place():
    scorer = learned("boosting")
    frame, _ = customers(50, seed=3)
    typical = {"amount": None, "brand": "plain", "visits": 5.0}
    probability = scorer.predict(frame)
    names, effects = reasons(scorer.predict, frame, typical, probability)
    changed = {name: probability - scorer.predict(frame.assign(**{name: value})) for name, value in typical.items()}
    for place in range(50):
        expected = [changed[name][place] for name in names[place]]
        np.testing.assert_allclose(effects[place], expected)
        assert set(names[place]) == set(typical)


def test_who_is_typical_in_all_has_no_effects():
    scorer = learned("random_forest")
    frame, _ = customers(500, seed=3)
    typical = typical_values(frame, ["visits", "amount", "balance"], ["brand"])
    usual = frame.head(1).assign(**typical)
    names, effects = reasons(scorer.predict, usual, typical, scorer.predict(usual))
    assert names[0].tolist() == ["visits", "amount", "balance"]
    assert not effects.any()
