"""Propensity without a model, computed by hand."""

import numpy as np
import pandas as pd
import pytest

from propensity_frames import customers
from strate.scores.propensity.rules import PRIOR_ROWS, PastRateRule, RecencyRule


def test_past_rate_of_purchase_and_churn():
    frame = pd.DataFrame(
        {
            "order_count_365_days": [0, 4, 4, 1, 3, None, np.inf],
            "days_since_first_order": [None, 365, 900, 10, 182.5, 100, 365],
        }
    )
    expected = 1 - np.exp(-90 * np.array([0, 4 / 365, 4 / 365, 1 / 90, 3 / 182.5, 0, 0]))
    np.testing.assert_allclose(PastRateRule("purchase", 90).predict(frame), expected)
    np.testing.assert_allclose(PastRateRule("churn", 90).predict(frame), 1 - expected)


def test_past_rate_of_click():
    frame = pd.DataFrame({"campaign_clicked_count": [0, 5, None, 90], "campaign_sent_count": [0, 10, None, 10]})
    np.testing.assert_allclose(PastRateRule("click", 90).predict(frame), [0.05, 5.5 / 20, 0.05, 1.0])


def test_past_rate_never_falls_with_orders():
    count = np.arange(200)
    frame = pd.DataFrame({"order_count_365_days": count, "days_since_first_order": 400})
    probability = PastRateRule("purchase", 30).predict(frame)
    assert (np.diff(probability) >= 0).all()
    assert ((probability >= 0) & (probability <= 1)).all()


def test_recency_groups_have_their_own_rates_and_null_too():
    days = np.repeat([10.0, 20.0, np.nan], 1_000)
    frame = pd.DataFrame({"recency_days": days})
    bought = np.concatenate([np.arange(1_000) < 600, np.arange(1_000) < 200, np.arange(1_000) < 100])
    rule = RecencyRule("purchase").fit(frame, bought)
    share = bought.mean()
    expected = [(positives + PRIOR_ROWS * share) / (1_000 + PRIOR_ROWS) for positives in (600, 200, 100)]
    np.testing.assert_allclose(rule.predict(frame)[[0, 1_000, 2_000]], expected)
    np.testing.assert_allclose(rule.predict(pd.DataFrame({"recency_days": [-5.0, 15.0]})), expected[:2])


def test_recency_of_nobody_is_the_rate_of_all():
    frame = pd.DataFrame({"recency_days": [None, None, None, None]})
    rule = RecencyRule("churn").fit(frame, np.array([1, 0, 0, 0]))
    np.testing.assert_allclose(rule.predict(frame), 0.25)
    np.testing.assert_allclose(rule.predict(pd.DataFrame({"recency_days": [3.0]})), 0.25)


def test_recency_of_clicks_reads_clicks():
    frame, bought = customers(500)
    rule = RecencyRule("click").fit(frame, bought)
    assert rule.features == ["days_since_last_campaign_click"]
    changed = frame.assign(recency_days=0)
    np.testing.assert_array_equal(rule.predict(changed), rule.predict(frame))


def test_illegal_targets_are_named():
    frame, bought = customers(50)
    with pytest.raises(ValueError, match="target must be one of"):
        PastRateRule("visit", 90).fit(frame)
    with pytest.raises(ValueError, match="target must be one of"):
        RecencyRule("visit").fit(frame, bought)
    with pytest.raises(ValueError, match="horizon_days must be"):
        PastRateRule("click", 0).fit(frame)
