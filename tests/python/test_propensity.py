"""Propensity: learns what is there, chooses without seeing the test date, and has a name for every way of failing."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from propensity_customers import CATEGORIES, DATES, FEATURES, customers
from scores import hillstrom
from strate.scores.propensity import fit_propensity
from strate.scores.propensity.algorithms import ALGORITHMS
from strate.scores.propensity.judgement import auc
from strate.scores.propensity.scorer import Scorer
from strate.scores.propensity.splits import folds
from strate.scores.propensity.study import Columns, FoldData, search_space

from conftest import PROJECT

DATA = Path(os.environ.get("STRATE_DATA", PROJECT.parent / "shared" / "data")).resolve()
NO_INCUMBENTS = pd.DataFrame(columns=["target", "method", "parameters"])
NO_VALUES = pd.DataFrame(columns=["customer_id", "as_of_date", "expected_revenue"])


def fit(sample: pd.DataFrame, incumbents: pd.DataFrame = NO_INCUMBENTS, **settings: Any) -> pa.Table:
    settings = {"targets": ["purchase"], "algorithms": ["logistic", "boosting"], "n_trials": 3} | settings
    pieces = settings.pop("pieces", [])
    values = settings.pop("held_out_values", NO_VALUES)
    columns = {"horizon_days": 90, "features": FEATURES, "categories": CATEGORIES}
    return fit_propensity(sample, incumbents, values, pieces, **columns | settings)


def of(table: pa.Table | pd.DataFrame, record_type: str, target: str = "purchase") -> pd.DataFrame:
    frame = table.to_pandas() if isinstance(table, pa.Table) else table
    return frame[(frame["record_type"] == record_type) & (frame["target"] == target)]


def figures(table: pa.Table, record_type: str = "metric", target: str = "purchase") -> pd.DataFrame:
    """Return a row per method and a column per figure."""
    return of(table, record_type, target).pivot(index="method", columns="name", values="value")


def facts(table: pa.Table, target: str = "purchase") -> dict[str, Any]:
    rows = of(table, "model", target)
    return dict(zip(rows["name"], rows["detail"].where(rows["detail"].notna(), rows["value"]), strict=True))


@pytest.fixture(scope="module")
def sample() -> pd.DataFrame:
    return customers(1_500)


@pytest.fixture(scope="module")
def fitted(sample: pd.DataFrame) -> pa.Table:
    return fit(sample, targets=["purchase", "churn"])


def test_the_champion_knows_nearly_what_can_be_known(sample: pd.DataFrame, fitted: pa.Table) -> None:
    """Chance has the shape of a valley, so a line cannot be the best."""
    test = sample[sample["as_of_date"] == DATES[2]]
    best = auc(test["has_bought"].to_numpy(dtype=float), test["chance_purchase"].to_numpy())
    found = figures(fitted)
    assert facts(fitted)["champion"] == "boosting"
    assert facts(fitted)["champion_outcome"] == "scored"
    assert found.loc["boosting", "auc"] > best - 0.03
    assert found.loc["logistic", "auc"] < found.loc["boosting", "auc"] - 0.05
    assert found.loc["boosting", "calibration_error"] < 0.06
    assert found.loc["boosting", "gain_low"] > 0
    assert found.loc["boosting", "decile_lift"] > 2
    assert (found["customer_count"] == 1_500).all()


def test_reasons_why_a_feature_is_kept(fitted: pa.Table) -> None:
    rows = of(fitted, "feature").pivot(index="name", columns="parameter", values="value")
    assert rows.loc[["session_count_90_days", "favourite_category", "recency_days"], "is_kept"].tolist() == [1, 1, 1]
    assert rows["importance_rank"].idxmin() == "session_count_90_days"
    assert rows.loc["session_count_90_days", "typical"] == pytest.approx(6, abs=1)


def test_a_category_alone_can_be_learned_from(sample: pd.DataFrame) -> None:
    table = fit(sample, features=["noise_1"], n_trials=4)
    kept = of(table, "feature").query("parameter == 'is_kept' and value == 1")["name"].tolist()
    assert kept == ["favourite_category"]
    assert facts(table)["champion_outcome"] == "scored"


@pytest.mark.parametrize(
    ("encoding", "unknown"), [("target", ["noise_1", "favourite_category"]), ("embedding", ["noise_1"])]
)
def test_where_a_fold_knows_nothing_everybody_gets_its_rate(
    sample: pd.DataFrame, encoding: str, unknown: list[str]
) -> None:
    past = sample[sample["outcome_known_on"].notna()].reset_index(drop=True)
    fold = folds(past)[0]
    past.loc[fold.train, unknown] = None
    y = past["has_bought"].to_numpy(dtype=float)
    data = FoldData(past, y, [fold], Columns(["noise_1"], ["favourite_category"]), 7)
    parameters = ALGORITHMS["logistic"].default | {"category_encoding": encoding}
    parameters = {key: values[0] for key, values in search_space("logistic", data.columns).items()} | parameters
    np.testing.assert_allclose(data.predictions(0, "logistic", parameters), y[fold.train].mean())


def test_churn_is_learned_of_who_was_active(sample: pd.DataFrame, fitted: pa.Table) -> None:
    labelled = sample[sample["has_churned"].notna() & sample["outcome_known_on"].notna()]
    assert facts(fitted, "churn")["row_count"] == len(labelled)
    assert facts(fitted, "churn")["label_share"] == pytest.approx(labelled["has_churned"].astype(float).mean())


def test_the_same_rows_in_another_order_give_the_same_table(sample: pd.DataFrame) -> None:
    settings = {"algorithms": ["logistic", "random_forest", "boosting"], "n_trials": 2}
    few = sample[sample["customer_id"] < "c000600"]
    mixed = few.sample(frac=1, random_state=1)[list(reversed(few.columns))]
    assert fit(few, **settings).equals(fit(mixed, **settings))


def test_another_sample_is_another_version(sample: pd.DataFrame) -> None:
    few = sample[sample["customer_id"] < "c000200"]
    versions = {fit(few, algorithms=[], min_positives=10)["model_version"][0].as_py()}
    versions.add(fit(few, algorithms=[], min_positives=11)["model_version"][0].as_py())
    changed = few.assign(favourite_category="books")
    versions.add(fit(changed, algorithms=[], min_positives=10)["model_version"][0].as_py())
    assert len(versions) == 3


def test_no_choice_sees_the_test_date(sample: pd.DataFrame, fitted: pa.Table) -> None:
    """The opposite labels on the test date change nothing that was chosen; they only say that it was no good."""
    is_test = sample["as_of_date"] == DATES[2]
    turned = fit(sample.assign(has_bought=sample["has_bought"].where(~is_test, ~sample["has_bought"])))
    for record_type in ("trial", "validation"):
        columns = ["method", "is_champion", "position", "name", "value", "detail"]
        expected = of(fitted, record_type)[columns].reset_index(drop=True)
        pd.testing.assert_frame_equal(of(turned, record_type)[columns].reset_index(drop=True), expected)
    chosen = [of(table, "feature").query("parameter == 'is_kept'") for table in (fitted, turned)]
    assert chosen[0]["detail"].tolist() == chosen[1]["detail"].tolist()
    assert figures(turned).loc["boosting", "auc"] < 0.5 < figures(fitted).loc["boosting", "auc"]
    told = facts(turned)
    assert (told["champion"], told["champion_outcome"]) == ("past_rate", "not_better_than_past_rate")
    assert of(turned, "metric").query("is_champion")["method"].unique().tolist() == ["past_rate"]


def test_what_an_open_horizon_holds_is_not_read(sample: pd.DataFrame, fitted: pa.Table) -> None:
    is_open = sample["outcome_known_on"].isna()
    filled = sample.assign(has_bought=sample["has_bought"].where(~is_open, sample["noise_1"] > 0))
    rows = facts(fit(filled)), facts(fitted)
    assert rows[0]["estimator"] == rows[1]["estimator"]


def test_shuffled_labels_tell_nothing(sample: pd.DataFrame) -> None:
    """AUC lies within four standard errors of one half (Hanley and McNeil), and no model wins the place of a rule."""
    stream = np.random.default_rng(11)
    shuffled = sample.copy()
    for _, rows in sample.groupby("as_of_date").groups.items():
        shuffled.loc[rows, "has_bought"] = stream.permutation(sample.loc[rows, "has_bought"].to_numpy())
    # The share of positives is nearly the same everywhere, so nothing else is there to be found.
    table = fit(shuffled, algorithms=["logistic", "random_forest", "boosting"], categories=[])
    found = figures(table)
    positives = sample.loc[sample["as_of_date"] == DATES[2], "has_bought"].sum()
    deviation = np.sqrt(1_501 / (12 * positives * (1_500 - positives)))
    assert np.abs(found["auc"] - 0.5).max() < 4 * deviation
    assert facts(table)["champion"] in ("past_rate", "recency")


@pytest.mark.parametrize("kind", ["number", "category"])
def test_a_feature_that_knows_the_future_is_seen(sample: pd.DataFrame, kind: str) -> None:
    """Honest ones stay far below the gate max_feature_auc (0.98)."""
    leak = sample["has_bought"].astype("boolean").fillna(False)
    column = leak.astype(float) + 0.1 * sample["noise_1"] if kind == "number" else leak.map({True: "yes", False: "no"})
    planted = sample.assign(leak=column)
    added = {"features": [*FEATURES, "leak"]} if kind == "number" else {"categories": [*CATEGORIES, "leak"]}
    rows = of(fit(planted, algorithms=["logistic"], n_trials=1, **added), "feature")
    single = rows[rows["parameter"] == "single_auc"].set_index("name")["value"]
    assert single["leak"] > 0.98
    assert single.drop("leak").max() < 0.9


def _no_orders(sample: pd.DataFrame) -> pd.DataFrame:
    return sample.assign(order_count_365_days=None, days_since_first_order=None, has_bought=None)


FALL_BACKS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "no_past_horizon": lambda sample: sample[sample["as_of_date"] >= DATES[2]],
    "too_few_customers": lambda sample: sample[sample["customer_id"] < "c000060"],
    "too_few_positives": lambda sample: sample.assign(has_bought=sample["has_bought"] & (sample["noise_1"] > 2.5)),
    "too_few_negatives": lambda sample: sample.assign(has_bought=sample["has_bought"] | (sample["noise_1"] < 2.5)),
    "no_usable_features": lambda sample: sample.assign(**dict.fromkeys(["noise_1", "noise_2"], 1.0)),
    "input_off": _no_orders,
}


@pytest.mark.parametrize("outcome", [*FALL_BACKS, "nothing_over"])
def test_the_past_rate_stands_in_with_a_name(sample: pd.DataFrame, outcome: str) -> None:
    few = sample[sample["customer_id"] < "c000400"]
    changed = few[few["is_latest"]] if outcome == "nothing_over" else FALL_BACKS[outcome](few)
    features = ["noise_1", "noise_2"] if outcome == "no_usable_features" else FEATURES
    table = fit(changed, features=features, categories=[])
    told = facts(table)
    assert told["champion_outcome"] == ("no_past_horizon" if outcome == "nothing_over" else outcome)
    assert told["champion"] == "past_rate"
    assert told["is_sql"] == 1
    assert set(of(table, "metric")["outcome"]) <= {outcome}
    rule = Scorer.from_plain(json.loads(told["estimator"]))
    if outcome != "input_off":
        assert len(np.unique(rule.predict(changed))) > 10


def test_an_input_that_is_off_has_all_columns_null(sample: pd.DataFrame) -> None:
    table = fit(sample[sample["customer_id"] < "c000400"].assign(campaign_sent_count=None, campaign_clicked_count=None))
    assert facts(table)["champion_outcome"] == "scored"
    off = _no_orders(sample[sample["customer_id"] < "c000200"].drop(columns="has_bought"))
    assert facts(fit(off))["champion_outcome"] == "input_off"


def incumbent(method: str, **parameters: Any) -> pd.DataFrame:
    return pd.DataFrame([{"target": "purchase", "method": method, "parameters": json.dumps(parameters)}])


def test_the_last_version_is_tried_first_and_stays_if_none_is_better(sample: pd.DataFrame, fitted: pa.Table) -> None:
    before = json.loads(facts(fitted)["parameters"])
    table = fit(sample, incumbent("boosting", **before))
    trials = of(table, "trial").query("method == 'boosting' and position == 0")
    assert json.loads(trials["detail"].item()) == before
    assert facts(table)["champion"] == "boosting"
    assert json.loads(facts(table)["parameters"]) == before
    worse = fit(sample, incumbent("logistic", C=0.1, l1_ratio=0.0, category_encoding="target", n_components=None))
    assert facts(worse)["champion"] == "boosting"
    rows = of(worse, "validation").query("method == 'boosting' and name == 'gain_low'")
    assert rows["value"].item() > 0


def test_what_is_no_sql_is_scored_in_pieces(sample: pd.DataFrame) -> None:
    wanted = sample[sample["as_of_date"] >= DATES[2]]
    pieces = [wanted.iloc[:1_000], wanted.iloc[1_000:]]
    table = fit(sample, max_sql_leaves=0, pieces=pieces, reason_features=4)
    told = facts(table)
    assert (told["champion"], told["is_sql"]) == ("boosting", 0)
    assert not len(of(table, "expression"))
    scores = of(table, "score").set_index(["customer_id", "as_of_date"])["value"]
    again = Scorer.from_plain(json.loads(told["estimator"])).predict(wanted)
    assert len(scores) == len(wanted)
    assert scores.loc[list(zip(wanted["customer_id"], wanted["as_of_date"], strict=True))].to_numpy().tolist() == (
        again.tolist()
    )
    reasons = of(table, "reason")
    assert set(reasons["as_of_date"]) == {DATES[3]}
    assert reasons.groupby("customer_id").size().eq(3).all()
    sizes = reasons["value"].abs().groupby(reasons["customer_id"])
    assert sizes.is_monotonic_decreasing.all()
    one = sample[sample["is_latest"]].iloc[[0]]
    first = reasons[reasons["customer_id"] == one["customer_id"].item()].iloc[0]
    typical = of(table, "feature").query("parameter == 'typical'").set_index("name").loc[first["name"]]
    value = typical["detail"] if isinstance(typical["detail"], str) else typical["value"]
    scorer = Scorer.from_plain(json.loads(told["estimator"]))
    changed = one.assign(**{first["name"]: value})
    assert first["value"] == pytest.approx(scorer.predict(one)[0] - scorer.predict(changed)[0], abs=1e-12)


def test_weights_are_learned_where_values_were_held_out(sample: pd.DataFrame) -> None:
    test = sample[sample["as_of_date"] == DATES[2]]
    values = test[["customer_id", "as_of_date"]].assign(expected_revenue=60 * test["noise_2"])
    rows = fit(sample, held_out_values=values, algorithms=["boosting"], n_trials=1).to_pandas()
    weights = rows[rows["record_type"] == "weight"].set_index("name")
    assert set(weights.loc[["value", "propensity", "engagement"], "outcome"]) == {"learned"}
    assert weights.loc["propensity", "value"] > 0.9  # the other two foretell nothing of revenue


@pytest.mark.parametrize("name", ["xgboost", "lightgbm", "mlp", "random_forest"])
def test_every_algorithm_finds_what_is_there(sample: pd.DataFrame, name: str) -> None:
    if name in ("xgboost", "lightgbm"):
        pytest.importorskip(name, reason=f"brought by the extra strate[{name}]")
    few = sample[sample["customer_id"] < "c000800"]
    pieces = [few[few["is_latest"]]]
    settings = {"algorithms": [name], "n_trials": 2, "pieces": pieces, "reason_features": 0}
    table = fit(few, **settings)
    found = figures(table)
    assert found.loc[name, "auc"] > found.loc["recency", "auc"] + 0.05
    assert found.loc[name, "calibration_error"] < 0.1
    assert table.equals(fit(few, **settings))


def test_who_answers_an_e_mail_is_ranked_better_than_chance() -> None:
    """Hillstrom's customers, a third of them held out: visits rise with the tenth of the probability."""
    if not (DATA / hillstrom.FILE).exists():
        pytest.skip(f"Response is tested on {hillstrom.FILE} in the folder that STRATE_DATA names.")
    columns = {"features": hillstrom.FEATURES, "categories": hillstrom.CATEGORIES, "horizon_days": 14}
    table = fit(hillstrom.mailed(DATA), targets=["click"], algorithms=["boosting"], n_trials=1, **columns)
    told, found = facts(table, "click"), figures(table, target="click")
    assert (told["champion"], told["champion_outcome"]) == ("boosting", "scored")
    assert found.loc["boosting", "auc"] > 0.6
    assert found.loc["past_rate", "auc"] == 0.5  # no earlier mailing is known
    lift = of(table, "lift", "click").query("is_champion == True and parameter == 'rate'").sort_values("position")
    rates = lift["value"].to_numpy()
    assert rates[-1] > 1.4 * found.loc["boosting", "label_share"] > 1.4 * 1.5 * rates[0]
    assert np.corrcoef(rates, np.arange(10))[0, 1] > 0.9


def test_a_version_comes_again_from_its_row(sample: pd.DataFrame, fitted: pa.Table) -> None:
    before = facts(fitted, "churn")
    settings = json.loads(before["settings"])
    again = fit(sample, targets=[settings.pop("target")], **settings)
    assert json.loads(before["incumbent"]) is None
    assert facts(again, "churn") == before
    assert of(again, "model", "churn")["model_version"].iloc[0] == of(fitted, "model", "churn")["model_version"].iloc[0]


@pytest.mark.parametrize("seed", range(6))
def test_hardly_any_rows_have_an_outcome_with_a_name(sample: pd.DataFrame, seed: int) -> None:
    """Whatever is left of the rows: few customers, hardly any positives, columns without a value."""
    stream = np.random.default_rng(seed)
    few = sample[sample["customer_id"] < f"c{stream.integers(100, 200):06d}"].copy()
    few["has_bought"] = few["has_bought"] & (stream.random(len(few)) < stream.choice([0.02, 0.05, 0.5]))
    few.loc[stream.random(len(few)) < 0.3, ["noise_1", "session_count_90_days"]] = np.nan
    few[stream.choice(FEATURES[3:])] = None
    told = facts(fit(few, algorithms=["logistic", "random_forest", "boosting", "mlp"], n_trials=1, min_positives=1))
    assert told["champion_outcome"] in {
        "scored",
        "too_few_customers",
        "too_few_positives",
        "no_usable_features",
        "not_better_than_past_rate",
    }
    probability = Scorer.from_plain(json.loads(told["estimator"])).predict(few)
    assert ((probability >= 0) & (probability <= 1)).all()
