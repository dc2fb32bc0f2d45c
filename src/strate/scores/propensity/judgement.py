"""How good probabilities were: order, honesty, and what the best tenth holds."""

from typing import Any

import numpy as np
from scipy.special import xlog1py, xlogy
from scipy.stats import rankdata
from sklearn.metrics import average_precision_score

from strate.scores.hold_out import N_GROUPS, lift_groups
from strate.scores.propensity.calibration import SigmoidCalibration

LEAST_LOSS_PROBABILITY = 0.001
"""A probability nearer to 0 or 1 is judged as this: one surprise is not to cost infinitely much."""


def log_losses(y: np.ndarray, probability: np.ndarray) -> np.ndarray:
    """Return the log loss of each row, of shape (n_rows,)."""
    p = np.clip(probability, LEAST_LOSS_PROBABILITY, 1 - LEAST_LOSS_PROBABILITY)
    return -xlogy(y, p) - xlog1py(1 - y, -p)


def auc(y: np.ndarray, score: np.ndarray) -> float:
    """Return the chance that a positive scores above a negative, ties half; NaN where one of the two is absent."""
    positives = float(np.sum(y))
    negatives = len(y) - positives
    if min(positives, negatives) == 0:
        return float("nan")
    return float((rankdata(score)[y > 0].sum() - positives * (positives + 1) / 2) / (positives * negatives))


def judge(y: np.ndarray, probability: np.ndarray) -> dict[str, float]:
    """Return the figures of one method.

    Parameters
    ----------
    y : numpy.ndarray of shape (n_rows,)
        1 where it happened, else 0.
    probability : numpy.ndarray of shape (n_rows,)

    Returns
    -------
    dict of str to float
        `auc`, `average_precision` (both NaN without positives or negatives), `log_loss`, `brier`, `calibration_error`
        (mean distance of predicted and actual share over ten groups of equal size), `calibration_slope` (of the
        log-odds; 1 is right, less is too sure of itself), `decile_lift` (share among the tenth with the highest
        probability over that of all), `label_share` and `customer_count`.
    """
    has_both = 0 < y.sum() < len(y)
    groups = calibration_groups(y, probability)
    share = float(y.mean())
    return {
        "auc": auc(y, probability),
        "average_precision": float(average_precision_score(y, probability)) if has_both else float("nan"),
        "log_loss": float(log_losses(y, probability).mean()),
        "brier": float(np.mean((probability - y) ** 2)),
        "calibration_error": float(
            sum(group["count"] * abs(group["predicted"] - group["actual"]) for group in groups) / len(y)
        ),
        "calibration_slope": SigmoidCalibration().fit(probability, y).slope_ if has_both else float("nan"),
        "decile_lift": lift_groups(y, probability)[-1]["lift"],
        "label_share": share,
        "customer_count": float(len(y)),
    }


def calibration_groups(y: np.ndarray, probability: np.ndarray) -> list[dict[str, float]]:
    """Return `predicted`, `actual` and `count` of ten groups by probability, 10 the highest, as equal as ties allow.

    Rows of one probability are in one group; a group that is empty for that is left out.
    """
    place = (rankdata(probability) - 0.5) / len(y)
    group = np.minimum((place * N_GROUPS).astype("int64"), N_GROUPS - 1)
    found = []
    for number in range(N_GROUPS):
        rows = group == number
        if rows.any():
            found.append(
                {
                    "position": number + 1,
                    "predicted": float(probability[rows].mean()),
                    "actual": float(y[rows].mean()),
                    "count": float(rows.sum()),
                }
            )
    return found


def group_rows(record_type: str, groups: list[dict[str, float]]) -> list[dict[str, Any]]:
    """Return a row per figure of each group."""
    return [
        {"record_type": record_type, "position": int(group["position"]), "parameter": name, "value": value}
        for group in groups
        for name, value in group.items()
        if name != "position"
    ]
