"""How much value, propensity and engagement count in the composite score."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.optimize import nnls

from strate.scores.revenue_scale import revenue_scale

PARTS = ("value", "propensity", "engagement")
DEFAULT_WEIGHTS = {"value": 0.5, "propensity": 0.3, "engagement": 0.2}
LEAST_CUSTOMERS = 100


def composite_weight_rows(
    weights: Mapping[str, float] | str,
    sample: pd.DataFrame,
    held_out_values: pd.DataFrame,
    judged: pd.DataFrame | None,
) -> list[dict[str, Any]]:
    """Return the weight of each part, and the revenue at which the value part is one half.

    Learned weights are those of non-negative least squares: what was foretold for the test date, part by part, against
    the revenue that came. Revenue is bounded as the value part is, so that a few large customers do not decide alone.

    Parameters
    ----------
    weights : mapping of str to float, or str
        Given weights, 0 or more and not all 0, or `learned`.
    sample : pandas.DataFrame
        With `customer_id`, `as_of_date`, `outcome_known_on`, `future_revenue` and `engagement_score`.
    held_out_values : pandas.DataFrame
        `customer_id`, `as_of_date`, `expected_revenue`.
    judged : pandas.DataFrame or None
        `customer_id`, `as_of_date` and `probability` of a purchase, as foretold for the test date.

    Returns
    -------
    list of dict
        `name` (a part, or `scale`), `value`, `method` (`given`, `learned` or `measured`) and `outcome`: `given`,
        `learned`, `no_past_horizon` or `too_few_customers` to learn from, or `no_part_foretells`.

    Raises
    ------
    ValueError
        If the weights are illegal.
    """
    scale, scale_outcome = _scale(sample)
    row = {"name": "scale", "value": scale, "method": "measured", "outcome": scale_outcome}
    if isinstance(weights, str):
        if weights != "learned":
            raise ValueError(f"composite_weights must be numbers by part, or 'learned'; got {weights!r}.")
        learned, outcome = _learn(sample, held_out_values, judged, scale)
        method, found = ("learned", learned) if learned else ("given", DEFAULT_WEIGHTS)
    else:
        found, method, outcome = dict(weights), "given", "given"
        are_numbers = all(np.isfinite(value) and value >= 0 for value in found.values())
        if set(found) != set(PARTS) or not are_numbers or sum(found.values()) <= 0:
            raise ValueError(
                f"composite_weights must give {', '.join(PARTS)} numbers of 0 or more, not all 0; got {found!r}."
            )
    return [row] + [{"name": name, "value": float(found[name]), "method": method, "outcome": outcome} for name in PARTS]


def _scale(sample: pd.DataFrame) -> tuple[float, str]:
    """Return the mean revenue of buyers in the last horizon that is over; 1 where nobody bought in one."""
    scale = revenue_scale(sample)
    return (1.0, "no_past_horizon") if scale is None else (scale, "measured")


def _learn(
    sample: pd.DataFrame, held_out_values: pd.DataFrame, judged: pd.DataFrame | None, scale: float
) -> tuple[dict[str, float] | None, str]:
    """Return weights that add up to 1, or None and why there are none."""
    if judged is None or not len(judged) or not len(held_out_values):
        return None, "no_past_horizon"
    keys = ["customer_id", "as_of_date"]
    rows = judged.merge(held_out_values[[*keys, "expected_revenue"]], on=keys).merge(
        sample[[*keys, "future_revenue", "engagement_score"]], on=keys
    )
    rows = rows.dropna(subset=["probability", "expected_revenue", "future_revenue"]).sort_values(keys)
    if len(rows) < LEAST_CUSTOMERS:
        return None, "too_few_customers"
    expected = np.maximum(rows["expected_revenue"].to_numpy(dtype="float64"), 0)
    came = np.maximum(rows["future_revenue"].to_numpy(dtype="float64"), 0)
    engagement = rows["engagement_score"].to_numpy(dtype="float64", na_value=np.nan)
    parts = np.column_stack([expected / (expected + scale), rows["probability"], np.nan_to_num(engagement)])
    aim = came / (came + scale)
    # Centred: a level that all share is no part's merit.
    found, _ = nnls(parts - parts.mean(axis=0), aim - aim.mean())
    if found.sum() <= 0:
        return None, "no_part_foretells"
    return dict(zip(PARTS, (found / found.sum()).tolist(), strict=True)), "learned"
