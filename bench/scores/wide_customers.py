"""A panel of customers as wide as customer_features, whose chances to buy, click and leave are known."""

import numpy as np
import pandas as pd
from scipy.special import expit

HORIZON_DAYS = 90
CATEGORIES = ["favourite_category", "gender", "family_status", "country_code", "area_type"]
LEVELS = (30, 3, 4, 6, 3)
COUNTS = {  # what grows with activity, and how much of it there is on average
    "order_count": 5,
    "order_count_30_days": 0.4,
    "order_count_90_days": 1.2,
    "order_count_365_days": 3,
    "item_count": 12,
    "category_count": 2,
    "session_count": 25,
    "session_count_90_days": 6,
    "active_day_count_90_days": 4,
    "page_view_count": 90,
    "add_to_cart_count": 6,
    "engaged_minutes": 60,
    "campaign_sent_count": 20,
    "campaign_sent_count_90_days": 5,
    "campaign_clicked_count": 2,
    "household_size": 2,
}
DAYS = ("recency_days", "days_since_last_session", "days_since_last_campaign_open", "days_since_last_campaign_click")
AMOUNTS = ("revenue", "revenue_90_days", "revenue_365_days", "average_order_value", "annual_income")
SHARES = (
    "return_share",
    "discount_share",
    "cancellation_share",
    "favourite_category_share",
    "cart_abandonment_share",
    "session_conversion_share",
    "mobile_share",
    "campaign_open_share",
    "campaign_click_share",
    "weekend_share",
    "night_share",
)
OTHERS = ("days_since_first_order", "age_years", "days_since_registered", "category_entropy")
FEATURES = [*COUNTS, *DAYS, *AMOUNTS, *SHARES, *OTHERS]


def panel(first: int, count: int, date: str, is_latest: bool, seed: int = 7) -> pd.DataFrame:
    """Return customers number `first` and on, at one date, as `fit_propensity` takes them.

    A customer's nature is the same at all dates. Of the latest date no outcome is known.
    """
    nature, chance = (
        np.random.default_rng([seed, first]),
        np.random.default_rng([seed, first, pd.Timestamp(date).value]),
    )
    activity, interest, means = nature.normal(size=(3, count))
    levels = [nature.integers(0, size, count) for size in LEVELS]
    has_bought = nature.random(count) < 0.85
    now = activity + 0.5 * chance.normal(size=count)
    columns: dict[str, np.ndarray] = {}
    for position, (name, mean) in enumerate(COUNTS.items()):
        columns[name] = chance.poisson(mean * np.exp(0.6 * (now if position % 3 else interest)))
    for name in DAYS:
        columns[name] = np.floor(chance.exponential(120 * np.exp(-0.6 * now)))
    for name in AMOUNTS:
        columns[name] = np.round(chance.lognormal(4 + 0.5 * means + 0.3 * now, 0.6), 2)
    for name in SHARES:
        columns[name] = np.round(expit(chance.normal(0.5 * interest - 0.5, 1)), 4)
    columns["days_since_first_order"] = nature.integers(20, 2_000, count)
    columns["age_years"] = nature.integers(18, 90, count)
    columns["days_since_registered"] = columns["days_since_first_order"] + nature.integers(0, 200, count)
    columns["category_entropy"] = np.round(chance.gamma(2, 0.4, count), 4)
    frame = pd.DataFrame(columns, dtype="float64")
    frame.loc[~has_bought, ["recency_days", "days_since_first_order", "average_order_value", "return_share"]] = np.nan
    frame.loc[~has_bought, ["order_count", "order_count_365_days", "order_count_90_days", "order_count_30_days"]] = 0.0
    for name in ("annual_income", "age_years", "mobile_share", "days_since_last_campaign_click"):
        frame.loc[nature.random(count) < 0.25, name] = np.nan
    effect = now - frame["recency_days"].fillna(400) / 150 + np.abs(frame["age_years"].fillna(50) - 50) / 30
    effect += np.where(levels[0] % 3 == 0, 0.5, -0.25) - 0.5
    chances = expit(effect.to_numpy()), expit(interest + now / 2 - 1)
    for name, of_name in zip(CATEGORIES, levels, strict=True):
        frame[name] = np.char.add(f"{name} ", of_name.astype(str)).astype(object)
    bought, clicked = (chance.random(count) < probability for probability in chances)
    columns = {"has_bought": bought, "has_clicked": clicked, "has_churned": np.where(has_bought, ~bought, None)}
    for name, values in columns.items():
        frame[name] = pd.array([None] * count if is_latest else values, dtype="boolean")
    frame["future_revenue"] = np.nan if is_latest else np.where(bought, frame["revenue"] / 4, 0.0)
    frame["engagement_score"] = expit(now)
    frame["customer_id"] = [f"c{number:08d}" for number in range(first, first + count)]
    frame["as_of_date"], frame["is_latest"] = pd.Timestamp(date), is_latest
    frame["outcome_known_on"] = pd.NaT if is_latest else pd.Timestamp(date) + pd.Timedelta(days=HORIZON_DAYS)
    return frame
