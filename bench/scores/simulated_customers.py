"""Customers who do what BG/NBD and Gamma-Gamma say, so that the right answers are known."""

import numpy as np
import pandas as pd


def simulate(count: int, horizon_days: int, seed: int, *, parameters: dict[str, float] | None = None) -> pd.DataFrame:
    """Return histories of customers, and what they did after.

    Parameters
    ----------
    count : int
        Customers.
    horizon_days : int
        How far to look ahead.
    seed : int
    parameters : dict of str to float, optional
        `r`, `alpha` (in days), `a`, `b`, and `p`, `q`, `v`. CDNOW's are the default.

    Returns
    -------
    pandas.DataFrame
        As `score_value` reads it, with `is_alive`. Ages are 200 to 400 days, whole; purchases are not.
    """
    of = {"r": 0.25, "alpha": 30.0, "a": 0.8, "b": 2.4, "p": 6.0, "q": 4.0, "v": 15.0} | (parameters or {})
    stream = np.random.default_rng(seed)
    rate = stream.gamma(of["r"], 1 / of["alpha"], count)
    leaving = stream.beta(of["a"], of["b"], count)
    scale = stream.gamma(of["q"], 1 / of["v"], count)
    age = stream.integers(200, 401, count).astype(float)
    # After how many repeat purchases they leave, and when these are.
    until = stream.geometric(np.maximum(leaving, 1e-9))
    now, repeats, after = np.zeros(count), np.zeros(count), np.zeros(count)
    last, spent, spent_after = np.zeros(count), np.zeros(count), np.zeros(count)
    rows = np.arange(count)
    while len(rows):
        now[rows] += stream.exponential(1, len(rows)) / np.maximum(rate[rows], 1e-12)
        rows = rows[now[rows] <= age[rows] + horizon_days]
        value = stream.gamma(of["p"], 1 / scale[rows])
        is_known = now[rows] <= age[rows]
        known, ahead = rows[is_known], rows[~is_known]
        repeats[known] += 1
        last[known] = now[known]
        spent[known] += value[is_known]
        after[ahead] += 1
        spent_after[ahead] += value[~is_known]
        rows = rows[repeats[rows] + after[rows] < until[rows]]
    mean = np.where(repeats > 0, spent / np.maximum(repeats, 1), np.nan)
    return pd.DataFrame(
        {
            "customer_id": [f"{number:08d}" for number in range(count)],
            "repeat_count": repeats,
            "clv_recency_days": last,
            "customer_age_days": age,
            "mean_repeat_value": mean,
            "revenue": spent + of["p"] * of["v"] / (of["q"] - 1),
            "future_purchase_count": after,
            "future_revenue": spent_after,
            "is_alive": repeats < until,
        }
    )
