"""Scores and segments of made-up customers: better is never worse, equals are equal, everybody has one."""

import datetime as dt
from collections import Counter
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from compiled import CompiledProject
from strate.clustering import load_clustering
from worlds import AS_OF, mostly

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("properties")]

MODELS = ["customer_segments", "segments"]
TIERS = ["value_none", "value_low", "value_medium", "value_high", "value_top"]
AMOUNTS = st.one_of(
    mostly(0.0, 10.0, 99.99, rarely=(-5.0, 0.000001, 1e9, 9e13)),
    st.floats(-1e6, 1e9).map(lambda amount: round(amount, 6)),
)


@st.composite
def customers(draw: st.DrawFn) -> pd.DataFrame:
    """Return features of 1 to 25 customers at the as-of date, many of them alike."""
    rows: list[dict[str, Any]] = []
    for number in range(draw(st.integers(1, 25))):
        orders = draw(st.integers(0, 4))
        recency = draw(mostly(0, 1, 30, 90, 91, 120, 121, 365, 366, 1000))
        rows.append(
            {
                "customer_id": f"customer {number}",
                "order_count": orders,
                "revenue": draw(AMOUNTS),
                "recency_days": recency if orders else None,
                "days_since_first_order": recency + draw(mostly(0, 60, 400)) if orders else None,
                "last_order_gap_days": draw(mostly(0, 366)) if orders > 1 else None,
                "average_order_value": draw(AMOUNTS) if orders else None,
                "session_count": draw(mostly(0, 1, 7, rarely=(10**6,))),
                "campaign_open_share": draw(mostly(None, 0.0, 0.5, 1.0)),
            }
        )
    frame = pd.DataFrame(rows).assign(as_of_date=AS_OF)
    return frame.astype(
        dict.fromkeys(["recency_days", "days_since_first_order", "last_order_gap_days", "order_count"], "Int64")
        | dict.fromkeys(["average_order_value", "campaign_open_share", "revenue"], "Float64")
    )


@pytest.fixture(scope="module")
def dates() -> pd.DataFrame:
    """The as-of date alone."""
    end = dt.datetime.combine(AS_OF, dt.time()) + dt.timedelta(days=1)
    return pd.DataFrame({"as_of_date": [AS_OF], "is_latest": [True], "as_of_end": [end]})


@given(frame=customers())
def test_scores_and_segments(compiled_project: CompiledProject, dates: pd.DataFrame, frame: pd.DataFrame) -> None:
    # Features that neither rules nor clusters read are there, and unknown.
    features = frame.reindex(columns=compiled_project.columns("customer_features"))
    compiled_project.run({}, MODELS, customer_features=features, int_activity__as_of_dates=dates)
    scores_are_monotone(compiled_project)
    everybody_has_one_segment_in_each_segmentation(compiled_project, frame)
    nearest_prototype_decides(compiled_project, frame)


def scores_are_monotone(project: CompiledProject) -> None:
    rfm = project.query(
        """
        select
            -features.recency_days, features.order_count, features.revenue,
            recency_score, frequency_score, monetary_score, segment_key
        from int_segments__rfm inner join customer_features as features using (customer_id, as_of_date)
        """
    )
    buyers = [row for row in rfm if row[1] > 0]
    for number, name in enumerate(("recency", "frequency", "monetary")):
        assert_monotone([(row[number], row[number + 3]) for row in buyers], name)
        assert {row[number + 3] for row in buyers} <= {1, 2, 3, 4, 5}
    assert all(row[6] == "rfm_never_bought" and row[3:6] == (None, None, None) for row in rfm if row[1] == 0)
    assert_equals_are_equal([(row[:3], row[3:]) for row in buyers])

    tiers = project.query(
        "select features.revenue, segment_key"
        " from int_segments__value inner join customer_features as features using (customer_id)"
    )
    assert_monotone([(revenue, TIERS.index(tier)) for revenue, tier in tiers], "value tier")
    assert all((tier == "value_none") == (revenue <= 0) for revenue, tier in tiers)
    stages = project.query(
        """
        select
            features.order_count, features.recency_days, features.days_since_first_order,
            features.last_order_gap_days, segment_key
        from int_segments__lifecycle inner join customer_features as features using (customer_id)
        """
    )
    assert_equals_are_equal([(row[:4], row[4]) for row in stages])


def assert_monotone(pairs: list[tuple[Any, Any]], name: str) -> None:
    """Fail where a larger measure has a smaller score, or the same measure another one."""
    for measure, score in pairs:
        for other, other_score in pairs:
            assert not (measure > other and score < other_score), (name, measure, score, other, other_score)
            assert not (measure == other and score != other_score), (name, measure, score, other_score)


def assert_equals_are_equal(pairs: list[tuple[Any, Any]]) -> None:
    """Fail where customers who are alike have different results."""
    first: dict[Any, Any] = {}
    for customer, result in pairs:
        assert first.setdefault(customer, result) == result, customer


def everybody_has_one_segment_in_each_segmentation(project: CompiledProject, frame: pd.DataFrame) -> None:
    members = Counter(project.query("select customer_id, segmentation from customer_segments"))
    segmentations = ("rfm", "value", "lifecycle", "cluster", "value_by_lifecycle")
    assert members == Counter({(customer, name): 1 for customer in frame["customer_id"] for name in segmentations})
    nameless = project.query("select segment_key from segments where segment_name is null or description is null")
    assert nameless == []


def nearest_prototype_decides(project: CompiledProject, frame: pd.DataFrame) -> None:
    """SQL assigns the cluster that Python predicts; where two are equally near to the last bits, one of them."""
    predictor = load_clustering(project.frame("select * from clustering_fit"))
    assigned = project.frame("select customer_id, cluster_id, squared_distance from int_segments__clusters")
    assigned = frame.merge(assigned, on="customer_id")
    points = predictor.transformer.transform(assigned)
    distances = ((points[:, None, :] - predictor.segmenter.prototypes_[None, :, :]) ** 2).sum(axis=2)
    is_own = predictor.segmenter.prototype_labels_[None, :] == assigned["cluster_id"].to_numpy(dtype="int64")[:, None]
    own = np.where(is_own, distances, np.inf).min(axis=1)
    np.testing.assert_allclose(own, distances.min(axis=1), rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(assigned["squared_distance"], own, rtol=1e-7, atol=1e-12)
    other = np.where(is_own, np.inf, distances).min(axis=1)
    is_clear = other - own > 1e-9
    assert (predictor.predict(assigned) == assigned["cluster_id"])[is_clear].all()
