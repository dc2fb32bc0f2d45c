"""Value scores: published parameters, known answers of simulated customers, and a name for every way of failing."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import hyp2f1

from scores.cdnow import FILE, histories, published_sample
from scores.simulated_customers import simulate
from strate.scores import score_value
from strate.scores.bg_nbd import BgNbd
from strate.scores.boosted_value import BoostedValue
from strate.scores.gamma_gamma import GammaGamma
from strate.scores.hold_out import choose_champion, deviance, measure
from strate.scores.plain_value import from_plain
from strate.scores.recency_groups import RecencyGroups
from strate.threads import one_thread

from conftest import PROJECT, Project

DATA = Path(os.environ.get("STRATE_DATA", PROJECT.parent / "shared" / "data")).resolve()
DATES = [pd.Timestamp(date) for date in ("2025-07-04", "2025-10-02", "2025-12-31")]
FEATURES = {"revenue": "rises", "recency_days": "falls"}


def history(frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return tuple(frame[name].to_numpy() for name in ("repeat_count", "clv_recency_days", "customer_age_days"))


@pytest.fixture(scope="module")
def simulated() -> pd.DataFrame:
    return simulate(60_000, 90, seed=3)


@pytest.fixture(scope="module")
def fitted(simulated: pd.DataFrame) -> BgNbd:
    return BgNbd().fit(*history(simulated))


def test_published_parameters_come_out_of_the_published_sample() -> None:
    """BG/NBD: Fader, Hardie and Lee (2005a), table 2. Gamma-Gamma: the same (2005b), page 421."""
    if not (DATA / FILE).exists():
        pytest.skip(f"Published parameters are tested on {FILE} in the folder that STRATE_DATA names.")
    sample = histories(published_sample(DATA), "1997-09-30", 273, "1998-06-30")
    assert len(sample) == 2357
    repeats, recency, age = history(sample)
    model = BgNbd().fit(repeats, recency / 7, age / 7)
    assert {name: round(value, 3) for name, value in model.parameters_.items()} == pytest.approx(
        {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, abs=1e-9
    )
    assert model.log_likelihood_ == pytest.approx(-9582.4, abs=0.05)
    values = GammaGamma().fit(repeats, sample["mean_repeat_value"].to_numpy())
    assert {name: round(value, 2) for name, value in values.parameters_.items()} == pytest.approx(
        {"p": 6.25, "q": 3.74, "v": 15.44}, abs=0.011
    )


def test_parameters_of_simulated_customers_are_recovered(simulated: pd.DataFrame, fitted: BgNbd) -> None:
    """Within five standard errors, which two dozen other draws gave."""
    assert fitted.outcome_ == "fitted"
    assert fitted.parameters_["r"] == pytest.approx(0.25, abs=0.014)
    assert fitted.parameters_["alpha"] == pytest.approx(30, abs=2.5)
    assert fitted.parameters_["a"] == pytest.approx(0.8, abs=0.16)
    assert fitted.parameters_["b"] == pytest.approx(2.4, abs=0.57)
    values = GammaGamma().fit(simulated["repeat_count"].to_numpy(), simulated["mean_repeat_value"].to_numpy())
    assert values.parameters_["p"] == pytest.approx(6, abs=0.69)
    assert values.parameters_["q"] == pytest.approx(4, abs=0.26)
    assert values.parameters_["v"] == pytest.approx(15, abs=2.4)


def test_expectations_are_what_simulated_customers_do(simulated: pd.DataFrame, fitted: BgNbd) -> None:
    """In every group of customers, however it is made of what was known."""
    expected = fitted.expected_purchases(*history(simulated), 90)
    alive = fitted.probability_alive(*history(simulated))
    values = GammaGamma().fit(simulated["repeat_count"].to_numpy(), simulated["mean_repeat_value"].to_numpy())
    revenue = expected * values.expected_value(
        simulated["repeat_count"].to_numpy(), simulated["mean_repeat_value"].to_numpy()
    )
    silence = simulated["customer_age_days"] - simulated["clv_recency_days"]
    for group in (simulated["repeat_count"].clip(upper=6), pd.qcut(silence, 6, labels=False, duplicates="drop")):
        found = pd.DataFrame(
            {
                "purchases": simulated["future_purchase_count"] - expected,
                "alive": simulated["is_alive"] - alive,
                "revenue": simulated["future_revenue"] - revenue,
            }
        ).groupby(group)
        errors = found.mean() / (found.std() / np.sqrt(found.size().to_numpy()[:, None]) + 1e-12)
        assert errors.abs().to_numpy().max() < 4.5  # standard errors


def test_expected_purchases_are_those_of_the_paper() -> None:
    """Equation 10, where its hypergeometric function can be computed."""
    model = BgNbd()
    model.parameters_ = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
    r, alpha, a, b = model.parameters_.values()
    x, last, age = np.meshgrid([0.0, 1, 2, 7, 29], [0.0, 5, 30], [30.0, 38.86], indexing="ij")
    x, last, age = x.ravel(), last.ravel(), age.ravel()
    t = 39.0
    shrink = ((alpha + age) / (alpha + age + t)) ** (r + x)
    series = hyp2f1(r + x, b + x, a + b + x - 1, t / (alpha + age + t))
    gone = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + age) / (alpha + last)) ** (r + x), 0)
    paper = (a + b + x - 1) / (a - 1) * (1 - shrink * series) / (1 + gone)
    np.testing.assert_allclose(model.expected_purchases(x, last, age, t), paper, rtol=1e-9)
    # And where it cannot.
    for name, value in (("a", 1.0), ("a", 1000.0), ("b", 0.001), ("r", 1000.0)):
        model.parameters_ = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426} | {name: value}
        often = model.expected_purchases([0, 3, 3000], [0, 20, 38], [38] * 3, t)
        assert np.isfinite(often).all()
        assert (often >= 0).all()
        assert (often <= (model.parameters_["r"] + np.array([0, 3, 3000])) * t / (alpha + 38) + 1e-9).all()


def test_who_bought_more_recently_is_never_worth_less(fitted: BgNbd) -> None:
    days = np.arange(0, 301, 10.0)
    for repeats in (1, 2, 5, 40):
        x, age = np.full(len(days), repeats), np.full(len(days), 300.0)
        alive = fitted.probability_alive(x, days, age)
        assert ((alive > 0) & (alive <= 1)).all()
        assert (np.diff(alive) > 0).all()
        assert (np.diff(fitted.expected_purchases(x, days, age, 90)) > 0).all()
    assert fitted.probability_alive([0], [0], [300]) == 1
    horizons = [fitted.expected_purchases([3], [100], [300], horizon)[0] for horizon in (0, 1, 30, 90, 1000)]
    assert horizons[0] == 0
    assert (np.diff(horizons) > 0).all()


def test_who_spent_more_a_purchase_is_never_worth_less() -> None:
    values = GammaGamma().fit(np.repeat([1, 2, 5], 50), np.exp(np.random.RandomState(1).normal(3, 1, 150)))
    assert values.outcome_ == "fitted"
    means = np.linspace(0, 500, 20)
    expected = values.expected_value(np.full(20, 3), means)
    assert (np.diff(expected) > 0).all()
    # The more purchases stand behind a mean, the nearer the expectation lies to it.
    distance = np.abs(values.expected_value([1, 3, 10, 100], [400] * 4) - 400)
    assert (np.diff(distance) < 0).all()
    assert values.expected_value([0, 0], [np.nan, -5]).tolist() == pytest.approx(
        [values.expected_value([0], [0])[0]] * 2
    )


def test_units_have_no_say(simulated: pd.DataFrame) -> None:
    repeats, recency, age = history(simulated.head(4000))
    mean = simulated["mean_repeat_value"].head(4000).to_numpy()
    days, weeks = BgNbd().fit(repeats, recency, age), BgNbd().fit(repeats, recency / 7, age / 7)
    for name, unit in (("r", 1), ("alpha", 7), ("a", 1), ("b", 1)):
        assert days.parameters_[name] == pytest.approx(unit * weeks.parameters_[name], rel=1e-6)
    euros, cents = GammaGamma().fit(repeats, mean), GammaGamma().fit(repeats, 100 * mean)
    for name, unit in (("p", 1), ("q", 1), ("v", 100)):
        assert cents.parameters_[name] == pytest.approx(unit * euros.parameters_[name], rel=1e-6)


@pytest.mark.parametrize(
    ("count", "repeats", "recency", "outcome"),
    [
        (0, 0, 0, "too_few_customers"),
        (1, 3, 40, "too_few_customers"),
        (200, 0, 0, "too_few_repeat_buyers"),
        (200, 3, 40, "all_alike"),
    ],
)
def test_data_that_determine_nothing_have_a_named_outcome(count: int, repeats: int, recency: int, outcome: str) -> None:
    model = BgNbd().fit(np.full(count, repeats), np.full(count, recency), np.full(count, 90))
    assert model.outcome_ == outcome
    values = GammaGamma().fit(np.full(count, repeats), np.full(count, 25.0))
    assert values.outcome_ == ("all_alike" if count == 200 and repeats else "too_few_repeat_buyers")
    assert values.expected_value([0, 2], [np.nan, 80]).tolist() == [25.0 if count and repeats else 0.0] * 2


def test_regular_customers_who_never_leave_are_fitted_at_a_bound() -> None:
    age = np.arange(100, 400, dtype=float)
    model = BgNbd().fit(age // 30, age // 30 * 30, age)
    assert model.outcome_ == "fitted_at_bound"
    assert model.expected_purchases([10], [300], [300], 90)[0] == pytest.approx(3, rel=0.1)


def test_impossible_histories_are_refused() -> None:
    with pytest.raises(ValueError, match="age must be at least recency"):
        BgNbd().fit([1], [20], [10])
    with pytest.raises(ValueError, match="finite and 0 or more"):
        BgNbd().fit([1], [np.nan], [10])
    with pytest.raises(ValueError, match="one length"):
        BgNbd().fit([1, 2], [1], [10])


def test_order_has_no_say_in_the_measures_where_predictions_tie() -> None:
    actual = np.array([100.0, 0, 0, 50, 0, 0, 0, 0, 0, 50])
    predicted = np.repeat([2.0, 1.0], 5)
    found = measure(actual, predicted)
    assert found["decile_lift"] == pytest.approx(30 / 20)  # one of five, whichever
    assert found["total_error"] == pytest.approx(15 / 200 - 1)
    order = np.random.RandomState(0).permutation(10)
    assert measure(actual[order], predicted[order]) == pytest.approx(found)
    # Predicting nothing has the better absolute error, and is not rewarded.
    modest, nothing = measure(actual, np.full(10, 20.0)), measure(actual, np.zeros(10))
    assert nothing["mean_absolute_error"] < modest["mean_absolute_error"]
    assert nothing["deviance_explained"] < modest["deviance_explained"] == 0


def test_a_champion_is_replaced_only_beyond_noise() -> None:
    stream = np.random.RandomState(4)
    truth = np.exp(stream.normal(3, 1, 2000))
    actual = truth * stream.gamma(1, 1, 2000)
    mean = np.full(2000, actual.mean())
    losses = {
        "mean": deviance(actual, mean),
        "noise": deviance(actual, mean * np.exp(stream.normal(0, 0.01, 2000))),
        "truth": deviance(actual, truth),
        "nearly": deviance(actual, truth * 1.001),
    }
    champion, comparisons = choose_champion(losses, seed=1)
    assert champion == "truth"
    against, gains = zip(*(comparisons[name] for name in ("noise", "truth", "nearly")), strict=True)
    assert against == ("mean", "mean", "truth")
    assert gains[0]["gain_low"] < 0 < gains[1]["gain_low"]


def panel(count: int = 1500) -> pd.DataFrame:
    """Return simulated customers at three dates a horizon apart, some of whom never bought."""
    frames = []
    for number, date in enumerate(DATES):
        frame = simulate(count, 90, seed=10 + number).assign(as_of_date=date, is_latest=date == DATES[-1])
        frame["recency_days"] = frame["customer_age_days"] - frame["clv_recency_days"]
        frame["outcome_known_on"] = DATES[number + 1] if number < 2 else pd.NaT
        if number == 2:
            frame[["future_revenue", "future_purchase_count"]] = np.nan
        never = frame.index < count // 10
        known = ["repeat_count", "clv_recency_days", "customer_age_days", "mean_repeat_value", "recency_days"]
        frame.loc[never, known] = np.nan
        frame.loc[never, "revenue"] = 0.0
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def score(sample: pd.DataFrame, **settings: object) -> pd.DataFrame:
    arguments = {"horizon_days": 90, "features": FEATURES} | settings
    return score_value(sample, [sample[sample["is_latest"]]], **arguments).to_pandas()


def scores_of(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["record_type"] == "score"].set_index("customer_id")


def test_the_true_model_wins_and_scores_everybody() -> None:
    table = score(panel())
    metrics = table[table["record_type"] == "metric"]
    assert set(metrics.loc[metrics["is_champion"].astype(bool), "method"]) == {"bg_nbd"}
    assert set(metrics["as_of_date"]) == {DATES[1]}
    errors = metrics[metrics["name"] == "purchase_total_error"].set_index("method")["value"]
    assert abs(errors["bg_nbd"]) < 0.2
    scores = scores_of(table)
    assert len(scores) == 1500
    assert scores["outcome"].value_counts().to_dict() == {"scored": 1350, "never_bought": 150}
    bought = scores[scores["outcome"] == "scored"]
    product = bought["expected_purchases"] * bought["expected_purchase_value"]
    np.testing.assert_allclose(bought["expected_revenue"], product)
    never = panel()
    never = never[never["repeat_count"].isna() & ~never["is_latest"]]
    assert scores.loc[scores["method"] == "base_rate", "expected_revenue"].unique() == pytest.approx(
        [never["future_revenue"].mean()]
    )


def test_scores_depend_neither_on_the_order_of_rows_nor_on_pieces() -> None:
    sample = panel(400)
    table = score(sample, methods=["past_rate", "recency", "boosting"])
    mixed = sample.sample(frac=1, random_state=5)
    now = sample[sample["is_latest"]]
    again = score_value(
        mixed,
        [now.iloc[:37], now.iloc[37:]],
        horizon_days=90,
        features=FEATURES,
        methods=["boosting", "past_rate", "recency"],
    ).to_pandas()
    columns = ["expected_revenue", "method", "outcome"]
    pd.testing.assert_frame_equal(scores_of(table)[columns], scores_of(again)[columns])


def test_a_horizon_that_was_not_over_is_not_learned_from() -> None:
    """At the date judged nothing may be known of horizons that ended after it, whatever they held."""
    sample = panel(600)
    early = sample["as_of_date"] == DATES[0]
    sample.loc[early, "outcome_known_on"] = DATES[2]
    metrics = score(sample).query("record_type == 'metric'").groupby("method")["outcome"].first()
    assert metrics["boosting"] == metrics["recency"] == "too_few_past_customers"
    assert metrics["past_rate"] == metrics["bg_nbd"] == "fitted"


def test_a_feature_that_tells_the_future_is_refused() -> None:
    with pytest.raises(ValueError, match="'future_revenue' is what came after it"):
        score(panel(50), features={"future_revenue": "rises"})


@pytest.mark.parametrize(
    ("change", "outcome"),
    [
        (lambda frame: frame[frame["is_latest"]], "no_past_horizon"),
        (lambda frame: frame[frame["is_latest"] | (frame.index % 10 == 0)], "too_few_customers"),
        (lambda frame: frame.assign(future_revenue=frame["future_revenue"] * 0), "nobody_bought_after"),
    ],
)
def test_what_cannot_be_judged_falls_back_on_past_rates(change: object, outcome: str) -> None:
    sample = change(panel(500))
    scores = scores_of(score(sample))
    bought = scores[scores["outcome"] != "never_bought"]
    assert set(bought["outcome"]) == {outcome}
    assert set(bought["method"]) == {"past_rate"}
    past = sample[sample["is_latest"]].set_index("customer_id").loc[bought.index]
    assert (past["customer_age_days"] > 90).all()
    np.testing.assert_allclose(bought["expected_revenue"], past["revenue"] * 90 / past["customer_age_days"])
    assert bought["probability_alive"].notna().all()  # what can be fitted is told all the same


def test_nobody_one_customer_and_nobody_who_bought_are_scored_by_name() -> None:
    sample = panel(300)
    for some in (sample[:0], sample[sample["is_latest"]].iloc[[-1]], sample[sample["repeat_count"].isna()]):
        scores = scores_of(score(some))
        assert len(scores) == some["is_latest"].sum()
        assert set(scores["outcome"]) <= {"no_past_horizon", "never_bought"}
        assert scores["expected_revenue"].notna().all()


def test_boosting_rises_and_falls_as_told() -> None:
    sample = panel(800)
    past = sample[sample["repeat_count"].notna() & ~sample["is_latest"]]
    with one_thread():
        model = BoostedValue(FEATURES).fit(past, past)
        frame = past.head(50).copy()
        previous = model.predict(frame)
        for days in (50, 200, 400):
            found = model.predict(frame.assign(recency_days=frame["recency_days"] + days))
            assert (found <= previous).all()
            previous = found
        assert (model.predict(frame.assign(revenue=frame["revenue"] * 3)) >= model.predict(frame)).all()


def test_boosting_leaves_out_what_is_not_known_of_anybody() -> None:
    """A feature whose input is off is null throughout; one that is infinite for somebody is missing there."""
    sample = panel(400).assign(session_count=np.nan, ratio=1.0)
    past = sample[sample["repeat_count"].notna() & ~sample["is_latest"]]
    past.loc[past.index[0], "ratio"] = np.inf
    told = {"session_count": "rises", "recency_days": "falls", "ratio": "free"}
    model = BoostedValue(told).fit(past, past)
    assert model.outcome_ == "fitted"
    same = BoostedValue({"recency_days": "falls"}).fit(past, past)
    np.testing.assert_allclose(model.predict(past[1:]), same.predict(past[1:]))
    assert BoostedValue({"session_count": "rises"}).fit(past, past).outcome_ == "no_usable_features"


def test_recency_groups_tell_the_means_of_those_alike() -> None:
    past = pd.DataFrame({"customer_age_days": [0.0] * 150 + [90.0] * 50, "clv_recency_days": 0.0})
    past["future_revenue"] = [2.0] * 150 + [10.0] * 50
    model = RecencyGroups().fit(past, past)
    assert model.predict(past.iloc[[0, 199]]).tolist() == [2.0, 10.0]


@pytest.mark.build
def test_values_of_the_demo_follow_what_happened(demo: Project) -> None:
    """What a horizon held is what features say at its end, of customers whose accounts stayed the same."""
    compared = demo.query(
        """
        with accounts as (
            select as_of_date, customer_id, string_agg(account_key order by account_key) as accounts
            from int_identity__accounts group by all
        )
        select histories.future_revenue, features.revenue_90_days, histories.future_purchase_count
        from int_scores__rows as histories
        inner join customer_features as features
            on histories.customer_id = features.customer_id and histories.outcome_known_on = features.as_of_date
        inner join accounts as before
            on histories.customer_id = before.customer_id and histories.as_of_date = before.as_of_date
        inner join accounts as after
            on histories.customer_id = after.customer_id and histories.outcome_known_on = after.as_of_date
        where before.accounts = after.accounts
        """
    )
    assert len(compared) > 1000
    assert (compared["future_purchase_count"] > 0).sum() > 100
    np.testing.assert_allclose(compared["future_revenue"], compared["revenue_90_days"], atol=1e-6)
    # Past purchases are those of the features.
    agrees = demo.query(
        """
        select
            count(*) as rows,
            count(*) filter (
                customer_age_days is distinct from days_since_first_order
                or customer_age_days - clv_recency_days is distinct from recency_days
                or coalesce(repeat_count + 1, 0) > order_count
                or coalesce(repeat_count + 1, 0) < least(order_count, 1)
            ) as others
        from int_scores__rows
        """
    ).iloc[0]
    assert agrees["rows"] > 3000
    assert agrees["others"] == 0
    champions = "select distinct method from score_evaluations where score = 'value' and is_champion"
    (champion,) = demo.query(champions)["method"]
    values = demo.query("select * from customer_values")
    assert set(values["method"]) == {champion, "base_rate"}
    assert not values["is_fall_back"].any()
    by_decile = values.groupby("value_decile")["expected_revenue"].mean()
    assert by_decile.is_monotonic_increasing
    registered = demo.query("select * from model_registry where model = 'value_fit'")
    assert registered["model_version"].tolist() == values["model_version"].unique().tolist()
    assert registered["algorithm"].tolist() == [champion]


@pytest.mark.parametrize("method", ["past_rate", "recency", "bg_nbd", "boosting"])
def test_a_version_of_value_predicts_from_its_row_what_was_scored(method: str) -> None:
    settings = {"horizon_days": 90, "features": FEATURES, "methods": [method], "seed": 3}
    sample = panel()
    now = sample[sample["is_latest"]]
    rows = score_value(sample, [now], **settings).to_pandas()
    facts = rows[rows["record_type"] == "model"].set_index("name")["detail"]
    assert facts["champion"] == method
    assert json.loads(facts["settings"]) == settings
    again = score_value(sample.sample(frac=1, random_state=1), [], **json.loads(facts["settings"])).to_pandas()
    assert set(again["model_version"]) == set(rows["model_version"])
    assert again[again["record_type"] == "model"].set_index("name")["detail"].equals(facts)
    buyers = now[now["repeat_count"].notna()]
    scores = rows[rows["record_type"] == "score"].set_index("customer_id")["expected_revenue"]
    kept = from_plain(json.loads(facts["estimator"])).predict(buyers)
    assert np.maximum(kept, 0) == pytest.approx(scores[buyers["customer_id"]].to_numpy(), rel=1e-9)
