"""Customers whose chance to buy, click and leave is known, at dates a horizon apart."""

import numpy as np
import pandas as pd
from scipy.special import expit

DATES = [pd.Timestamp(date) for date in ("2025-04-05", "2025-07-04", "2025-10-02", "2025-12-31")]
FEATURES = [
    "recency_days",
    "days_since_first_order",
    "order_count_365_days",
    "campaign_clicked_count",
    "campaign_sent_count",
    "days_since_last_campaign_click",
    "session_count_90_days",
    "noise_1",
    "noise_2",
]
CATEGORIES = ["favourite_category"]
KIND_EFFECT = {"books": 0.9, "garden": -0.9, "music": 0.0, "toys": 0.3}


def customers(count: int, dates: int = 3, seed: int = 3, strength: float = 1.0) -> pd.DataFrame:
    """Return a sample as `fit_propensity` takes it, with `chance_purchase`, what nobody can know better.

    Buying hangs on `session_count_90_days`, where it pays on either side of the middle, on recency and on the favourite
    category. The horizon of the last of the dates is not over.
    """
    stream = np.random.default_rng(seed)
    names = [f"c{number:06d}" for number in range(count)]
    kinds = stream.choice(list(KIND_EFFECT), count)
    rate = stream.gamma(2.0, 1.5, count)
    frames = []
    for date in DATES[-dates:]:
        orders = stream.poisson(rate)
        sessions = stream.poisson(6, count).astype("float64")
        recency = np.where(orders > 0, stream.exponential(400 / (orders + 1)).round(), np.nan)
        sent = stream.poisson(8, count)
        effect = np.abs(sessions - 6) - 2 - np.nan_to_num(recency, nan=300) / 100
        effect += np.array([KIND_EFFECT[kind] for kind in kinds])
        chance = expit(strength * effect)
        bought = stream.random(count) < chance
        clicked = stream.random(count) < expit(-1 + 0.15 * sent - 0.2 * sessions)
        frame = pd.DataFrame(
            {
                "customer_id": names,
                "as_of_date": date,
                "is_latest": date == DATES[-1],
                "outcome_known_on": date + pd.Timedelta(days=90) if date < DATES[-1] else pd.NaT,
                "recency_days": recency,
                "days_since_first_order": np.where(orders > 0, stream.integers(30, 900, count), np.nan),
                "order_count_365_days": orders,
                "campaign_clicked_count": stream.binomial(sent, 0.2),
                "campaign_sent_count": sent,
                "days_since_last_campaign_click": np.where(stream.random(count) < 0.5, 40.0, np.nan),
                "session_count_90_days": sessions,
                "noise_1": stream.normal(size=count),
                "noise_2": stream.exponential(size=count),
                "favourite_category": np.where(stream.random(count) < 0.05, None, kinds),
                "engagement_score": sessions / (sessions + 6),
                "chance_purchase": chance,
                "has_bought": pd.array(bought, dtype="boolean"),
                "has_clicked": pd.array(np.where(sent > 0, clicked, None), dtype="boolean"),
                "has_churned": pd.array(np.where(orders > 0, ~bought, None), dtype="boolean"),
                "future_revenue": np.where(bought, stream.exponential(60, count), 0.0),
            }
        )
        if date == DATES[-1]:
            frame[["has_bought", "has_clicked", "has_churned"]] = pd.NA
            frame["future_revenue"] = np.nan
        frames.append(frame)
    outcomes = dict.fromkeys(["has_bought", "has_clicked", "has_churned"], "boolean")
    return pd.concat(frames, ignore_index=True).astype(outcomes)
