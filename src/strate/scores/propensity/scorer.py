"""A fitted method that scores customers, writes itself as plain values, and as SQL."""

from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.neural_network import MLPClassifier

from strate.scores.propensity import expression
from strate.scores.propensity.boosters import Booster
from strate.scores.propensity.calibration import LEAST_PROBABILITY, SigmoidCalibration
from strate.scores.propensity.encoder import FeatureEncoder
from strate.scores.propensity.linear import LinearModel
from strate.scores.propensity.network import Network
from strate.scores.propensity.rules import PastRateRule, RecencyRule
from strate.scores.propensity.trees import TreeEnsemble

MODELS = {model.kind: model for model in (LinearModel, TreeEnsemble, Network, Booster)}
RULES = {"past_rate": PastRateRule, "recency": RecencyRule}
_KINDS = {
    LogisticRegression: LinearModel,
    HistGradientBoostingClassifier: TreeEnsemble,
    RandomForestClassifier: TreeEnsemble,
    MLPClassifier: Network,
}


class Scorer:
    """Features in, probability out, the same to the bit after a round through plain values.

    What a library fitted is read out once; every prediction is made from the numbers read, a row at a time in effect,
    so that neither other rows nor their order matter.

    Parameters
    ----------
    method : str
        A rule (`past_rate`, `recency`), or any name of a learned method.
    target : {'purchase', 'click', 'churn'}
    encoder : FeatureEncoder or None
        Fitted; None of a rule.
    model : object
        Fitted: a rule, a classifier of scikit-learn (logistic regression, histogram gradient boosting, random forest,
        multi-layer perceptron), of XGBoost or LightGBM, or an instance of `MODELS`.
    calibration : SigmoidCalibration or None
        Fitted.
    horizon_days : int
        How far ahead the probability looks.
    """

    def __init__(
        self,
        method: str,
        target: str,
        encoder: FeatureEncoder | None,
        model: Any,
        calibration: SigmoidCalibration | None,
        horizon_days: int,
    ) -> None:
        self.method = method
        self.target = target
        self.encoder = encoder
        self.model = _plain_model(model)
        self.calibration = calibration
        self.horizon_days = horizon_days

    @property
    def features(self) -> list[str]:
        """Columns that are read."""
        if self.encoder is None:
            return self.model.features
        return [*self.encoder.numbers_, *self.encoder.levels_]

    def predict(self, frame: pd.DataFrame) -> np.ndarray:
        """Return probabilities, of shape (n_rows,), of a piece with the columns that were learned from."""
        if self.encoder is None:
            probability = self.model.predict(frame)
        else:
            probability = self.model.probability(self.encoder.transform(frame))
        return probability if self.calibration is None else self.calibration.predict(probability)

    def to_sql(self, max_leaves: int = 5000) -> list[expression.Step] | None:
        """Return the probability as portable SQL, equal to `predict` but for rounding.

        Parameters
        ----------
        max_leaves : int
            Of trees together.

        Returns
        -------
        list of tuple of (int, str, str) or None
            Step, name and SQL of each column. The first step reads the columns of the frame, each further one these and
            the columns of earlier steps; the last column is `probability`. `{double}` stands for the engine's
            type. None where the method has no SQL or there are too many leaves.
        """
        if self.encoder is None:
            steps = self.model.to_sql()
        else:
            model = self.model.to_sql(self.encoder, max_leaves)
            if model is None:
                return None
            steps = self.encoder.to_sql() + model
        if self.calibration is not None:
            steps += self._calibrate(steps.pop())
        return steps

    def _calibrate(self, probability: expression.Step) -> list[expression.Step]:
        step, _, sql = probability
        clipped = expression.clipped("uncalibrated", LEAST_PROBABILITY, 1 - LEAST_PROBABILITY)
        slope, intercept = expression.number(self.calibration.slope_), expression.number(self.calibration.intercept_)
        odds = f"{intercept} + {slope} * ln(clipped_probability / (1e0 - clipped_probability))"
        return [
            (step, "uncalibrated", sql),
            (step + 1, "clipped_probability", clipped),
            *expression.logistic_steps(step + 2, odds, "calibrated_")[:1],
            (step + 3, "probability", expression.logistic_steps(step + 2, odds, "calibrated_")[1][2]),
        ]

    def to_plain(self) -> dict[str, Any]:
        """Return all that `predict` needs as values that JSON has."""
        return {
            "method": self.method,
            "target": self.target,
            "horizon_days": int(self.horizon_days),
            "encoder": None if self.encoder is None else self.encoder.to_plain(),
            "model": {"kind": self.method if self.encoder is None else self.model.kind} | self.model.to_plain(),
            "calibration": None if self.calibration is None else self.calibration.to_plain(),
        }

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the scorer that `to_plain` wrote; nothing in the values is ever executed.

        Raises
        ------
        ValueError
            If the kind of the model is unknown.
        """
        values = dict(plain["model"])
        kind = values.pop("kind")
        kinds = MODELS if plain["encoder"] else RULES
        if kind not in kinds:
            raise ValueError(f"the kind of a model must be one of {', '.join(map(repr, kinds))}; got {kind!r}.")
        encoder = FeatureEncoder.from_plain(plain["encoder"]) if plain["encoder"] else None
        calibration = SigmoidCalibration.from_plain(plain["calibration"]) if plain["calibration"] else None
        model = kinds[kind].from_plain(values)
        return cls(plain["method"], plain["target"], encoder, model, calibration, plain["horizon_days"])


def _plain_model(model: Any) -> Any:
    """Return a model as plain numbers; a rule is plain already."""
    if isinstance(model, (*MODELS.values(), *RULES.values())):
        return model
    for kind, reader in _KINDS.items():
        if isinstance(model, kind):
            return reader.of(model)
    if type(model).__module__.partition(".")[0] in ("xgboost", "lightgbm"):
        return Booster.of(model)
    raise ValueError(
        f"model must be a rule or a classifier that can be written as numbers; got {type(model).__name__}."
    )
