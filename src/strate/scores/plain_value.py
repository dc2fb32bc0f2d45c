"""A fitted method for values as plain numbers, and back: what a build learned can be kept, and read without risk."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from strate.checks import check_choice
from strate.scores.bg_nbd import BgNbd
from strate.scores.bg_nbd_value import BgNbdValue
from strate.scores.boosted_value import BoostedValue
from strate.scores.gamma_gamma import GammaGamma
from strate.scores.past_rate import PastRate
from strate.scores.propensity.trees import TreeEnsemble
from strate.scores.recency_groups import RecencyGroups

_METHODS = ("past_rate", "recency", "bg_nbd", "boosting")


def to_plain(method: str, model: Any) -> dict[str, Any]:
    """Return a fitted method as values that JSON has; `from_plain` makes one of them that predicts the same."""
    if method == "past_rate":
        learned: dict[str, Any] = {"horizon_days": model.horizon_days}
    elif method == "recency":
        learned = {"edges": model.edges_.tolist(), "means": model.means_.tolist()}
    elif method == "bg_nbd":
        learned = {
            "horizon_days": model.horizon_days,
            "purchases": model.purchases_.parameters_,
            "values": getattr(model.values_, "parameters_", {}),
            "values_outcome": model.values_.outcome_,
            "mean_value": model.values_.mean_value_,
        }
    else:
        learned = {
            "features": dict(model.features),
            "is_used": model.is_used_.tolist(),
            "mean": model.mean_,
            **TreeEnsemble.of(model.trees_).to_plain(),
        }
    return {"method": method, **learned}


def from_plain(plain: Mapping[str, Any]) -> PastRate | RecencyGroups | BgNbdValue | BoostedValue:
    """Return the method that `to_plain` wrote, ready to predict; nothing in the values is ever executed.

    Raises
    ------
    ValueError
        If the method is unknown.
    """
    method = check_choice("method", plain["method"], _METHODS)
    if method == "past_rate":
        return PastRate(plain["horizon_days"])
    if method == "recency":
        model: Any = RecencyGroups()
        model.edges_, model.means_ = np.array(plain["edges"], dtype="float64"), np.array(plain["means"])
        return model
    if method == "bg_nbd":
        model = BgNbdValue(plain["horizon_days"])
        model.purchases_, model.values_ = BgNbd(), GammaGamma()
        model.purchases_.parameters_ = dict(plain["purchases"])
        model.values_.parameters_, model.values_.outcome_ = dict(plain["values"]), plain["values_outcome"]
        model.values_.mean_value_ = plain["mean_value"]
        return model
    model = BoostedValue(dict(plain["features"]))
    model.is_used_, model.mean_ = np.array(plain["is_used"], dtype=bool), plain["mean"]
    model.trees_ = _Exponential(TreeEnsemble.from_plain({"start": plain["start"], "trees": plain["trees"]}))
    return model


class _Exponential:
    """Trees whose leaves add up to the logarithm of what is expected."""

    def __init__(self, trees: TreeEnsemble) -> None:
        self.trees = trees

    def predict(self, matrix: np.ndarray) -> np.ndarray:
        return np.exp(self.trees.total(matrix))
