"""Customers with all that a column may hold, and methods that learned from them."""

from functools import cache

import numpy as np
import pandas as pd
from scipy.special import expit
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from strate.scores.propensity.calibration import SigmoidCalibration
from strate.scores.propensity.encoder import FeatureEncoder
from strate.scores.propensity.rules import PastRateRule, RecencyRule
from strate.scores.propensity.scorer import Scorer
from strate.threads import one_thread

NUMBERS = ["visits", "amount", "balance", "is_member", "unknown_to_all"]
CATEGORIES = ["brand", "country", "has_app"]
BRANDS = ["plain", "O'Brien", "back\\slash", "{{ var('x') }}", "50% off_now", "ünïcode", 'double"quote', "{double}"]
HORIZON = 90
BUILDERS = {
    "logistic": lambda: LogisticRegression(C=0.5, max_iter=500),
    "boosting": lambda: HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=15, early_stopping=False),
    "random_forest": lambda: RandomForestClassifier(20, max_leaf_nodes=30, min_samples_leaf=10, random_state=1),
    "mlp": lambda: MLPClassifier((8, 4), max_iter=30, random_state=1),
}


def customers(count: int, seed: int = 5) -> tuple[pd.DataFrame, np.ndarray]:
    """Return customers and whether they bought; both numbers and brands matter, and so does what is missing."""
    stream = np.random.default_rng(seed)
    orders = stream.poisson(2, count)
    frame = pd.DataFrame(
        {
            "visits": stream.poisson(5, count),
            "amount": np.where(stream.random(count) < 0.2, np.nan, stream.lognormal(3, 2, count)),
            "balance": stream.normal(0, 100, count),
            "is_member": stream.choice(np.array([True, False, None], dtype=object), count, p=[0.4, 0.5, 0.1]),
            "unknown_to_all": np.full(count, np.nan),
            "brand": stream.choice(np.array([*BRANDS, None], dtype=object), count),
            "country": stream.choice(["DE", "FR", "IT"], count, p=[0.6, 0.39, 0.01]),
            "has_app": stream.choice(np.array([True, False, None], dtype=object), count),
            "recency_days": np.where(orders > 0, stream.integers(0, 500, count), np.nan),
            "order_count_365_days": orders,
            "days_since_first_order": np.where(orders > 0, stream.integers(0, 900, count), np.nan),
            "campaign_clicked_count": stream.poisson(1, count),
            "campaign_sent_count": stream.poisson(9, count),
            "days_since_last_campaign_click": np.where(
                stream.random(count) < 0.3, stream.integers(0, 90, count), np.nan
            ),
        }
    )
    odds = frame["visits"] / 3 - 2 + frame["amount"].isna() + (np.abs(frame["balance"]) > 60)
    odds += 1 - frame["recency_days"].fillna(400) / 200
    odds += frame["brand"].map({"plain": 1.0, "back\\slash": -2.0, "O'Brien": 2.0}).fillna(0)
    return frame, (stream.random(count) < expit(odds)).astype("int64")


@cache
def learned(method: str, encoding: str = "target", n_components: int | None = None, calibrated: bool = True) -> Scorer:
    """Return a scorer that learned from 3,000 customers."""
    return learned_with_model(method, encoding, n_components, calibrated)[0]


def learned_with_model(method: str, encoding: str = "target", n_components: int | None = None, calibrated: bool = True):
    """Return a scorer and what scikit-learn fitted."""
    frame, bought = customers(3_000)
    form = "linear" if method in ("logistic", "mlp") else "tree"
    encoder = FeatureEncoder(NUMBERS, CATEGORIES, form, encoding, n_components)
    with one_thread():
        model = BUILDERS[method]().fit(encoder.fit_transform(frame, bought), bought)
    return Scorer(method, "purchase", encoder, model, calibration() if calibrated else None, HORIZON), model


def rule(method: str, target: str, calibrated: bool = False) -> Scorer:
    """Return a scorer by a rule."""
    frame, bought = customers(3_000)
    model = PastRateRule(target, HORIZON) if method == "past_rate" else RecencyRule(target)
    return Scorer(method, target, None, model.fit(frame, bought), calibration() if calibrated else None, HORIZON)


def calibration() -> SigmoidCalibration:
    """Return a calibration that changes something."""
    return SigmoidCalibration.from_plain({"slope": 1.3, "intercept": -0.4})
