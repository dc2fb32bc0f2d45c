"""Ways to learn a probability from features, each with the parameters that are searched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from strate.scores.propensity.boosters import require

Parameters = Mapping[str, Any]


@dataclass(frozen=True)
class Algorithm:
    """One way to learn.

    Attributes
    ----------
    form : str
        How features are encoded for it, as `FeatureEncoder` takes it: `tree` or `linear`.
    space : mapping of str to tuple
        Values of each parameter that are tried, in their order.
    default : mapping of str to object
        The parameters tried first.
    build : callable
        Makes an unfitted classifier of parameters and a seed.
    extra : str or None
        The extra of the package that brings its library.
    in_trials : mapping of str to object
        What is cheaper while parameters are compared.
    """

    form: str
    space: Mapping[str, tuple[Any, ...]]
    default: Parameters
    build: Callable[[Parameters, int], Any]
    extra: str | None = None
    in_trials: Parameters = field(default_factory=dict)


def _logistic(parameters: Parameters, seed: int) -> LogisticRegression:
    is_ridge = parameters["l1_ratio"] == 0
    return LogisticRegression(
        C=parameters["C"],
        l1_ratio=parameters["l1_ratio"],
        solver="lbfgs" if is_ridge else "saga",
        max_iter=300 if is_ridge else 100,
        tol=1e-4 if is_ridge else 1e-2,
        random_state=seed,
    )


def _random_forest(parameters: Parameters, seed: int) -> RandomForestClassifier:
    # Trees are counted so that all of them fit into one SQL query; calibration makes up for a small forest.
    return RandomForestClassifier(n_estimators=40, n_jobs=1, random_state=seed, **parameters)


def _boosting(parameters: Parameters, seed: int) -> HistGradientBoostingClassifier:
    return HistGradientBoostingClassifier(early_stopping=False, random_state=seed, **parameters)


def _xgboost(parameters: Parameters, seed: int) -> Any:
    return require("xgboost").XGBClassifier(
        n_estimators=parameters["max_iter"],
        learning_rate=parameters["learning_rate"],
        max_leaves=parameters["max_leaf_nodes"],
        max_depth=0,
        grow_policy="lossguide",
        min_child_weight=parameters["min_child_weight"],
        reg_lambda=parameters["l2_regularization"],
        tree_method="hist",
        n_jobs=1,
        random_state=seed,
    )


def _lightgbm(parameters: Parameters, seed: int) -> Any:
    return require("lightgbm").LGBMClassifier(
        n_estimators=parameters["max_iter"],
        learning_rate=parameters["learning_rate"],
        num_leaves=parameters["max_leaf_nodes"],
        min_child_samples=parameters["min_samples_leaf"],
        reg_lambda=parameters["l2_regularization"],
        deterministic=True,
        force_row_wise=True,  # else it times both ways and takes the faster
        n_jobs=1,
        random_state=seed,
        verbose=-1,
    )


def _mlp(parameters: Parameters, seed: int) -> MLPClassifier:
    return MLPClassifier(
        hidden_layer_sizes=parameters["hidden_layer_sizes"],
        alpha=parameters["alpha"],
        learning_rate_init=parameters["learning_rate_init"],
        max_iter=80,  # early stopping goes by accuracy, which stands still long before probabilities do
        random_state=seed,
    )


_TREES = {
    "learning_rate": (0.03, 0.06, 0.1, 0.15),
    "max_iter": (40, 80, 120),
    "max_leaf_nodes": (4, 8, 15, 31),
    "l2_regularization": (0.0, 1.0, 10.0),
}
_FIRST_TREES = {"learning_rate": 0.06, "max_iter": 80, "max_leaf_nodes": 8, "l2_regularization": 1.0}

ALGORITHMS: Mapping[str, Algorithm] = {
    "logistic": Algorithm(
        form="linear",
        space={"C": (0.001, 0.01, 0.03, 0.1, 0.3, 1.0, 10.0), "l1_ratio": (0.0, 0.5)},
        default={"C": 0.1, "l1_ratio": 0.0},
        build=_logistic,
    ),
    "random_forest": Algorithm(
        form="tree",
        space={
            "max_leaf_nodes": (16, 32, 64, 96),
            "min_samples_leaf": (5, 10, 20, 50),
            "max_features": ("sqrt", 0.3, 0.6),
        },
        default={"max_leaf_nodes": 32, "min_samples_leaf": 10, "max_features": "sqrt"},
        build=_random_forest,
        in_trials={"n_estimators": 8},  # more trees make all parameters better alike
    ),
    "boosting": Algorithm(
        form="tree",
        space={**_TREES, "min_samples_leaf": (10, 20, 50)},
        default={**_FIRST_TREES, "min_samples_leaf": 20},
        build=_boosting,
    ),
    "xgboost": Algorithm(
        form="tree",
        space={**_TREES, "min_child_weight": (1, 5, 20)},
        default={**_FIRST_TREES, "min_child_weight": 5},
        build=_xgboost,
        extra="xgboost",
    ),
    "lightgbm": Algorithm(
        form="tree",
        space={**_TREES, "min_samples_leaf": (10, 20, 50)},
        default={**_FIRST_TREES, "min_samples_leaf": 20},
        build=_lightgbm,
        extra="lightgbm",
    ),
    "mlp": Algorithm(
        form="linear",
        space={
            "hidden_layer_sizes": ((8,), (16,), (32,), (32, 16)),
            "alpha": (0.001, 0.01, 0.1, 1.0),
            "learning_rate_init": (0.001, 0.003, 0.01),
        },
        default={"hidden_layer_sizes": (16,), "alpha": 0.1, "learning_rate_init": 0.01},
        build=_mlp,
    ),
}
"""By name, simplest first."""


def check_installed(name: str) -> None:
    """Import what an algorithm needs.

    Raises
    ------
    ImportError
        If its library is absent, naming the extra that brings it.
    """
    extra = ALGORITHMS[name].extra
    if extra is not None:
        require(extra)
