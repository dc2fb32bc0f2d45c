"""Engagement and composite scores of made-up customers, by the SQL that the demo was built with."""

from collections.abc import Iterator
from itertools import permutations

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from worlds import AS_OF, mostly

from conftest import Project

pytestmark = pytest.mark.build

MODELS = {"int_scores__rows": "intermediate", "customer_scores": "marts"}
# Parts of engagement by channel, the most that a channel can give, and whether less is better.
CHANNELS = {
    "web": (0.6, {"session_count_90_days": False, "engaged_minutes": False, "days_since_last_session": True}),
    "campaigns": (0.4, {"campaign_click_share": False, "days_since_last_campaign_click": True}),
}
PARTS = {name: falls for _, parts in CHANNELS.values() for name, falls in parts.items()}
AMOUNTS = st.one_of(
    mostly(None, 0.0, 0.5, 1.0, 30.0, 330.0, rarely=(0.000001, 1e9, 9e13)),
    st.floats(0, 1e6).map(lambda amount: round(amount, 6)),
)
PROBABILITIES = st.one_of(
    mostly(0.0, 0.25, 0.5, 1.0, rarely=(0.000001, 0.999999)), st.floats(0, 1).map(lambda share: round(share, 6))
)
WEIGHTS = mostly(0.2, 0.5, 1.0, rarely=(0.0, 7.0))


class Scores:
    """The demo's SQL over frames that stand for what a model reads."""

    def __init__(self, demo: Project) -> None:
        self.features = demo.query("select * from customer_features limit 0").columns
        compiled = demo.folder / "target/compiled/strate/models"
        self.code = {name: (compiled / layer / f"scores/{name}.sql").read_text() for name, layer in MODELS.items()}
        self.connection = duckdb.connect(config={"threads": 1})
        self.connection.execute("attach ':memory:' as strate")
        self.connection.execute("use strate")

    def run(self, model: str, **frames: pd.DataFrame) -> pd.DataFrame:
        """Return the rows of a model, by customer."""
        for name, frame in frames.items():
            self.connection.register("given_rows", frame)
            self.connection.execute(f"create or replace table strate.main.{name} as select * from given_rows")
            self.connection.unregister("given_rows")
        return self.connection.execute(self.code[model]).df().set_index("customer_id").sort_index()

    def engagement(self, customers: list[dict[str, float | None]]) -> list[float]:
        """Return the engagement score of each customer."""
        frame = pd.DataFrame(customers, dtype="Float64").assign(
            customer_id=[f"{place:02}" for place in range(len(customers))], as_of_date=AS_OF
        )
        outcomes = ["is_latest", "is_in_sample", "outcome_known_on", "repeat_count", "clv_recency_days"]
        outcomes += ["customer_age_days", "mean_repeat_value", "future_purchase_count", "future_revenue"]
        outcomes += ["has_bought", "has_clicked", "has_churned"]
        rows = self.run(
            "int_scores__rows",
            customer_features=frame.reindex(columns=self.features),
            int_scores__outcomes=frame.reindex(columns=["customer_id", "as_of_date", *outcomes]),
        )
        return rows["engagement_score"].tolist()


@pytest.fixture(scope="module")
def scores(demo: Project) -> Iterator[Scores]:
    made = Scores(demo)
    yield made
    made.connection.close()


@given(customer=st.fixed_dictionaries(dict.fromkeys(PARTS, AMOUNTS)), part=st.sampled_from(list(PARTS)), to=AMOUNTS)
def test_engagement_is_bounded_and_rises_with_each_part(
    scores: Scores, customer: dict[str, float | None], part: str, to: float | None
) -> None:
    alone = [{name: customer[name] for name in parts} for _, parts in CHANNELS.values()]
    before, after, *by_channel = scores.engagement([customer, {**customer, part: to}, *alone])
    assert 0 <= before <= 1
    for score, (most, _) in zip(by_channel, CHANNELS.values(), strict=True):
        assert score <= most + 1e-6
    assert before == pytest.approx(sum(by_channel), abs=3e-6)
    was, sign = customer[part], -1 if PARTS[part] else 1
    if to is None or (was is not None and sign * was >= sign * to):
        assert after <= before
    if was is None or (to is not None and sign * to >= sign * was):
        assert after >= before


@given(
    customers=st.lists(st.tuples(AMOUNTS, PROBABILITIES, PROBABILITIES), min_size=1, max_size=12),
    weights=st.tuples(WEIGHTS, WEIGHTS, WEIGHTS).filter(any),
    scale=mostly(1.0, 330.0, rarely=(0.000001, 1e9)),
)
def test_better_in_all_parts_is_not_worse_in_the_whole(
    scores: Scores,
    customers: list[tuple[float | None, float, float]],
    weights: tuple[float, float, float],
    scale: float,
) -> None:
    frame = pd.DataFrame(customers, columns=["expected_revenue", "purchase_probability", "engagement_score"])
    frame = frame.astype("Float64").assign(
        customer_id=[f"{place:02}" for place in frame.index], as_of_date=AS_OF, is_latest=True
    )
    found = scores.run(
        "customer_scores",
        int_scores__rows=frame[["customer_id", "as_of_date", "is_latest", "engagement_score"]].assign(recency_days=1),
        int_scores__propensities=frame[["customer_id", "is_latest", "purchase_probability"]].assign(
            click_probability=0.5, churn_probability=0.5
        ),
        value_fit=_facts(
            [{"record_type": "model", "name": "composite_scale", "value": scale}],
            frame[["customer_id", "expected_revenue"]].assign(record_type="score", method="boosting", outcome="scored"),
        ),
        propensity_fit=_facts(
            [
                {"record_type": "weight", "name": name, "value": weight, "method": "given", "outcome": "given"}
                for name, weight in zip(("value", "propensity", "engagement"), weights, strict=True)
            ],
        ),
    )
    assert found["composite_score"].between(0, 1 + 1e-6).all()
    parts = [f"{name}_contribution" for name in ("value", "propensity", "engagement")]
    np.testing.assert_allclose(found["composite_score"], found[parts].sum(axis=1), atol=1e-9)
    known = [(amount or 0.0, *others) for amount, *others in customers]
    places = found[["composite_score", "composite_percentile", "composite_decile"]].to_numpy()
    for one, other in permutations(range(len(known)), 2):
        if all(a >= b for a, b in zip(known[one], known[other], strict=True)):
            assert (places[one] >= places[other]).all(), (known[one], known[other])
        if known[one] == known[other]:
            assert (places[one] == places[other]).all(), known[one]


def _facts(rows: list[dict[str, object]], more: pd.DataFrame | None = None) -> pd.DataFrame:
    """Return rows of a fit, with the columns that the mart reads."""
    texts = ["record_type", "target", "customer_id", "name", "method", "outcome", "model_version"]
    frame = pd.concat([pd.DataFrame(rows), *([] if more is None else [more])])
    frame = frame.reindex(columns=[*texts, "value", "expected_revenue"])
    return frame.astype(dict.fromkeys(texts, "string") | {"value": "Float64", "expected_revenue": "Float64"})
