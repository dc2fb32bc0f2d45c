"""What decides a fit beside the data."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from strate.checks import check_choice, check_integer, check_names
from strate.scores.propensity.algorithms import ALGORITHMS, check_installed
from strate.scores.propensity.targets import TARGETS

OUTCOMES = ("future_revenue", "future_purchase_count", "outcome_known_on", *TARGETS.values())
"""Columns of which nothing may be known at the date."""


@dataclass(frozen=True)
class Settings:
    """Arguments of `fit_propensity`.

    Raises
    ------
    ValueError
        If one is illegal.
    ImportError
        If the library of an algorithm is not installed.
    """

    targets: Sequence[str]
    algorithms: Sequence[str]
    features: Sequence[str]
    categories: Sequence[str]
    horizon_days: int
    n_trials: int
    min_positives: int
    max_sql_leaves: int
    reason_features: int
    seed: int

    def __post_init__(self) -> None:
        """Check."""
        for name in check_names("targets", self.targets):
            check_choice("targets", name, TARGETS)
        for name in check_names("algorithms", self.algorithms):
            check_choice("algorithms", name, ALGORITHMS)
            check_installed(name)
        for name in check_names("features and categories", [*self.features, *self.categories]):
            if name in OUTCOMES:
                raise ValueError(f"features must have been known at the date; {name!r} is what came after it.")
        check_integer("horizon_days", self.horizon_days, 1)
        check_integer("n_trials", self.n_trials, 1)
        check_integer("min_positives", self.min_positives, 1)
        check_integer("max_sql_leaves", self.max_sql_leaves, 0)
        check_integer("reason_features", self.reason_features, 0)
        check_integer("seed", self.seed, 0, 2**32 - 1)

    @property
    def methods(self) -> list[str]:
        """Rules and algorithms, the simplest first."""
        return ["past_rate", "recency", *(name for name in ALGORITHMS if name in self.algorithms)]

    def of(self, target: str) -> dict[str, Any]:
        """Return what decides one target, of types that JSON has: the `target`, else arguments of `fit_propensity`."""
        return {"target": target} | {name: value for name, value in asdict(self).items() if name != "targets"}


def plain(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters with lists for tuples, as JSON gives them back."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in parameters.items()}
