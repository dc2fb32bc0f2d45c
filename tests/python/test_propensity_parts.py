"""Parts of learning a propensity: splits, calibration, judgement, the contest, the weights of the composite."""

import json
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score

from propensity_customers import DATES, customers
from strate.scores.propensity.algorithms import ALGORITHMS
from strate.scores.propensity.calibration import SigmoidCalibration
from strate.scores.propensity.champion import contest, customer_losses
from strate.scores.propensity.judgement import auc, calibration_groups, judge, lift_groups
from strate.scores.propensity.settings import Settings
from strate.scores.propensity.splits import folds, part
from strate.scores.propensity.study import Columns, read_parameters, search_space
from strate.scores.propensity.weights import composite_weight_rows

SETTINGS = {
    "targets": ["purchase"],
    "algorithms": ["logistic"],
    "features": ["recency_days"],
    "categories": [],
    "horizon_days": 90,
    "n_trials": 3,
    "min_positives": 50,
    "max_sql_leaves": 5000,
    "reason_features": 8,
    "seed": 7,
}


def test_training_dates_are_those_known_by_the_test_date() -> None:
    sample = customers(60, dates=4)
    sample.loc[sample["as_of_date"] == DATES[0], "outcome_known_on"] = DATES[3]  # seen late
    parted = part(sample, "has_bought")
    assert set(parted.test["as_of_date"]) == {DATES[2]}
    assert set(parted.training["as_of_date"]) == {DATES[1]}
    assert set(parted.everything["as_of_date"]) == set(DATES[:3])


def test_a_row_whose_horizon_is_open_is_never_labelled() -> None:
    sample = customers(60)
    sample["has_bought"] = sample["has_bought"].fillna(True)
    sample.loc[0, "outcome_known_on"] = sample.loc[0, "as_of_date"]  # known before anything could happen
    everything = part(sample, "has_bought").everything
    assert set(everything["as_of_date"]) == set(DATES[1:3])
    assert len(everything) == 119


@pytest.mark.parametrize("dates", [3, 4])
def test_nobody_is_validated_on_who_was_learned_from(dates: int) -> None:
    training = part(customers(300, dates=dates), "has_bought").training
    found = folds(training)
    validated = np.concatenate([fold.validation for fold in found])
    last = training.index[training["as_of_date"] == training["as_of_date"].max()]
    assert sorted(validated) == sorted(last)
    for fold in found:
        learned, held_out = training.iloc[fold.train], training.iloc[fold.validation]
        assert not set(learned["customer_id"]) & set(held_out["customer_id"])
        if dates == 4:
            assert learned["outcome_known_on"].max() <= held_out["as_of_date"].min()


def test_calibration_finds_the_line_and_keeps_the_order() -> None:
    stream = np.random.default_rng(1)
    odds = stream.normal(-1, 1.5, 40_000)
    y = (stream.random(len(odds)) < expit(odds)).astype(float)
    distorted = expit(2.0 * odds + 1.0)
    calibration = SigmoidCalibration().fit(distorted, y)
    assert calibration.slope_ == pytest.approx(0.5, abs=0.02)
    assert calibration.intercept_ == pytest.approx(-0.5, abs=0.04)
    again = SigmoidCalibration.from_plain(calibration.to_plain())
    assert (again.predict(distorted) == calibration.predict(distorted)).all()
    backwards = SigmoidCalibration().fit(1 - distorted, y)
    assert (backwards.slope_, backwards.intercept_) == (1.0, 0.0)


@pytest.mark.parametrize("y", [np.zeros(5), np.ones(5)])
def test_calibration_of_one_class_changes_nothing(y: np.ndarray) -> None:
    probability = np.array([0.0, 0.2, 0.5, 0.9, 1.0])
    assert SigmoidCalibration().fit(probability, y).predict(probability) == pytest.approx(probability, abs=1e-5)


def test_figures_are_those_of_the_field() -> None:
    stream = np.random.default_rng(2)
    probability = stream.random(5_000).round(2)
    y = (stream.random(5_000) < probability).astype(float)
    found = judge(y, probability)
    assert found["auc"] == pytest.approx(roc_auc_score(y, probability), abs=1e-12)
    assert found["calibration_error"] < 0.03
    assert found["calibration_slope"] == pytest.approx(1, abs=0.1)
    assert found["brier"] == pytest.approx(np.mean((y - probability) ** 2))
    groups = calibration_groups(y, probability)
    assert sum(group["count"] for group in groups) == 5_000
    assert np.isnan(auc(np.zeros(3), np.arange(3)))


def test_lift_asks_nothing_of_the_order_of_rows() -> None:
    """90 rows of one probability lie across all edges: each tenth takes its part of their positives."""
    probability = np.array([0.9] * 10 + [0.2] * 90)
    y = np.array([1.0] * 5 + [0.0] * 5 + [1.0] * 9 + [0.0] * 81)
    groups = lift_groups(y, probability)
    assert [group["rate"] for group in groups] == pytest.approx([0.1] * 9 + [0.5])
    assert groups[-1]["lift"] == pytest.approx(0.5 / 0.14)
    assert groups[0]["captured"] == pytest.approx(1)
    order = np.random.default_rng(3).permutation(100)
    assert lift_groups(y[order], probability[order]) == groups


def test_the_incumbent_stays_unless_another_is_better_beyond_noise() -> None:
    stream = np.random.default_rng(4)
    losses = {"past_rate": stream.exponential(0.6, 2_000)}
    losses["logistic"] = losses["past_rate"] - 0.1
    losses["boosting"] = losses["logistic"] + stream.normal(0, 0.2, 2_000)  # as good
    assert contest(losses, None, seed=7)[0] == "logistic"
    assert contest(losses, "boosting", seed=7)[0] == "boosting"
    losses["boosting"] = losses["boosting"] + 0.05
    assert contest(losses, "boosting", seed=7)[0] == "logistic"
    assert contest(losses, "retired", seed=7)[0] == "logistic"


def test_a_customer_of_two_dates_counts_once() -> None:
    losses = customer_losses(np.array([1.0, 3.0, 5.0]), np.array(["b", "b", "a"]))
    assert losses.tolist() == [5.0, 2.0]


@pytest.mark.parametrize("name", list(ALGORITHMS))
def test_parameters_of_an_earlier_version_come_back_from_json(name: str) -> None:
    columns = Columns([f"x{number}" for number in range(20)], ["kind"])
    space = search_space(name, columns)
    parameters = {key: values[-1] for key, values in space.items()}
    assert read_parameters(name, columns, json.dumps(parameters)) == parameters
    assert read_parameters(name, columns, json.dumps(parameters | {next(iter(space)): "gone"})) is None
    assert read_parameters(name, columns, "no json") is None
    assert all(ALGORITHMS[name].default[key] in ALGORITHMS[name].space[key] for key in ALGORITHMS[name].space)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"targets": ["love"]}, "targets"),
        ({"algorithms": ["magic"]}, "algorithms"),
        ({"features": ["has_bought"]}, "what came after"),
        ({"features": ["a"], "categories": ["a"]}, "came twice"),
        ({"n_trials": 0}, "n_trials"),
        ({"horizon_days": 0}, "horizon_days"),
    ],
)
def test_illegal_settings_are_named(changed: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Settings(**SETTINGS | changed)


@pytest.mark.parametrize("name", ["xgboost", "lightgbm"])
def test_an_absent_library_names_its_extra(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError, match=rf"strate\[{name}\]"):
        Settings(**SETTINGS | {"algorithms": [name]})


def held_out(count: int, weights: tuple[float, float, float]) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Return sample, values and probabilities of a date at which revenue hangs on the three parts by the weights."""
    stream = np.random.default_rng(5)
    parts = stream.uniform(0.05, 0.95, (count, 3))
    aim = np.clip(parts @ np.array(weights) + stream.normal(0, 0.02, count), 0.01, 0.99)
    keys = {"customer_id": [f"c{number}" for number in range(count)], "as_of_date": DATES[2]}
    came = 50 * aim / (1 - aim)
    sample = pd.DataFrame(
        keys | {"outcome_known_on": DATES[3], "future_revenue": came, "engagement_score": parts[:, 2]}
    )
    scale = came.mean()
    values = pd.DataFrame(keys | {"expected_revenue": scale * parts[:, 0] / (1 - parts[:, 0])})
    return sample, values, pd.DataFrame(keys | {"probability": parts[:, 1]})


def test_learned_weights_find_what_revenue_hangs_on() -> None:
    sample, values, judged = held_out(4_000, (0.6, 0.3, 0.0))
    rows = {row["name"]: row for row in composite_weight_rows("learned", sample, values, judged)}
    assert rows["scale"]["value"] == pytest.approx(sample["future_revenue"].mean())
    found = [rows[name]["value"] for name in ("value", "propensity", "engagement")]
    assert sum(found) == pytest.approx(1)
    assert found == pytest.approx([2 / 3, 1 / 3, 0], abs=0.04)
    assert rows["value"]["outcome"] == "learned"


def test_weights_that_cannot_be_learned_are_the_given_ones_with_a_reason() -> None:
    sample, values, judged = held_out(50, (0.6, 0.3, 0.0))
    few = {row["name"]: row for row in composite_weight_rows("learned", sample, values, judged)}
    assert (few["value"]["outcome"], few["value"]["method"], few["value"]["value"]) == (
        "too_few_customers",
        "given",
        0.5,
    )
    none = composite_weight_rows("learned", sample, values.iloc[:0], None)
    assert none[1]["outcome"] == "no_past_horizon"
    given = {"value": 1, "propensity": 0, "engagement": 1}
    rows = composite_weight_rows(given, sample, values, judged)
    assert [(row["name"], row["value"]) for row in rows[1:]] == list(given.items())


@pytest.mark.parametrize("weights", ["guessed", {"value": 1}, {"value": 0, "propensity": 0, "engagement": 0}])
def test_illegal_weights_are_named(weights: object) -> None:
    with pytest.raises(ValueError, match="composite_weights"):
        composite_weight_rows(weights, *held_out(50, (1, 0, 0)))
