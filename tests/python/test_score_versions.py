"""What a build records of its scores: versions that come out again, and reasons that are what the models say."""

import json

import numpy as np
import pandas as pd
import pytest

from strate.scores.plain_value import from_plain
from strate.scores.propensity import fit_propensity
from strate.scores.propensity.scorer import Scorer

from conftest import Project

pytestmark = pytest.mark.build


def latest_rows(demo: Project) -> pd.DataFrame:
    return demo.query("from int_scores__rows where is_latest order by customer_id")


def test_a_version_is_made_again_from_its_row(demo: Project) -> None:
    """Its settings and the same rows, in another order, give the same fingerprint and the same estimator to the bit."""
    version = demo.query("from model_versions where score = 'click'").iloc[-1]
    settings = json.loads(version["settings"])
    target = settings.pop("target")
    sample = demo.query("from int_scores__rows where is_in_sample").sample(frac=1, random_state=1)
    none = pd.DataFrame()
    again = fit_propensity(
        sample, none, none, [], targets=[target], composite_weights="learned", **settings
    ).to_pandas()
    facts = again[again["record_type"] == "model"].set_index("name")["detail"]
    assert set(again.loc[again["record_type"] == "model", "model_version"]) == {version["model_version"]}
    assert version["incumbent"] is None
    for name in ("estimator", "parameters", "features", "settings"):
        assert facts[name] == version[name]


@pytest.mark.parametrize("target", ["purchase", "click", "churn"])
def test_a_kept_estimator_predicts_what_the_warehouse_scored(target: str, demo: Project) -> None:
    [estimator] = demo.query(f"select estimator from model_versions where score = '{target}'")["estimator"]
    rows = latest_rows(demo)
    column = f"{target}_probability"
    scored = demo.query(f"select {column} from int_scores__propensities where is_latest order by customer_id")[column]
    known = scored.notna().to_numpy()
    assert known.sum() > 500
    predicted = Scorer.from_plain(json.loads(estimator)).predict(rows)
    assert predicted[known] == pytest.approx(scored[known].to_numpy(), abs=1e-6)


def test_a_kept_estimator_expects_what_customers_were_given(demo: Project) -> None:
    [estimator] = demo.query("select estimator from model_versions where score = 'value'")["estimator"]
    rows = latest_rows(demo)
    buyers = rows[rows["repeat_count"].notna()]
    given = demo.query("from customer_values").set_index("customer_id")["expected_revenue"]
    expected = np.maximum(from_plain(json.loads(estimator)).predict(buyers), 0)
    assert expected == pytest.approx(given[buyers["customer_id"]].to_numpy(), abs=1e-6)


@pytest.mark.parametrize("target", ["purchase", "click", "churn"])
def test_reasons_are_what_the_model_says_of_a_typical_value(target: str, demo: Project) -> None:
    reasons = demo.query(f"from score_reasons where score = '{target}' order by customer_id, position").head(300)
    assert len(reasons) == 300
    estimator = demo.query(f"select estimator from model_versions where score = '{target}'")["estimator"].iloc[-1]
    typical = demo.query(f"from score_features where score = '{target}'").set_index("feature")
    scorer, rows = Scorer.from_plain(json.loads(estimator)), latest_rows(demo).set_index("customer_id", drop=False)
    for feature, told in reasons.groupby("feature"):
        there = rows.loc[told["customer_id"]].reset_index(drop=True)
        level, value = typical.loc[feature, ["typical_level", "typical_value"]]
        changed = there.assign(**{feature: level if isinstance(level, str) else value})
        assert told["effect"].to_numpy() == pytest.approx(scorer.predict(there) - scorer.predict(changed), abs=2e-6)
    strengths = reasons.assign(strength=reasons["effect"].abs()).groupby("customer_id")["strength"]
    assert strengths.apply(lambda values: values.is_monotonic_decreasing).all()


@pytest.mark.parametrize(("score", "column"), [("engagement", "engagement_score"), ("composite", "composite_score")])
def test_reasons_of_a_sum_never_exceed_it(score: str, column: str, demo: Project) -> None:
    """Where there are no more than three parts, they are all of it."""
    sums = demo.query(
        f"""
        select customer_scores.{column} as score, sum(score_reasons.effect) as told, count(*) as part_count
        from score_reasons
        inner join customer_scores using (customer_id, as_of_date)
        where score_reasons.score = '{score}'
        group by customer_id, customer_scores.{column}
        """
    )
    assert len(sums) > 500
    assert (sums["told"] <= sums["score"] + 1e-5).all()
    whole = sums if score == "composite" else sums[sums["part_count"] < 3]
    assert whole["told"].to_numpy() == pytest.approx(whole["score"].to_numpy(), abs=1e-5)
