"""Models of XGBoost and LightGBM in the text that these libraries write themselves."""

import importlib
from types import ModuleType
from typing import Any, Self

import numpy as np

from strate.scores.propensity.encoder import FeatureEncoder


class Booster:
    """A model that only its library can read.

    Parameters
    ----------
    library : {'xgboost', 'lightgbm'}
    text : str
        XGBoost's JSON, or LightGBM's text.
    """

    kind = "booster"

    def __init__(self, library: str, text: str) -> None:
        self.library = library
        self.text = text
        module = require(library)
        if library == "xgboost":
            self._booster = module.Booster(model_file=bytearray(text.encode()))
        else:
            self._booster = module.Booster(model_str=text)

    @classmethod
    def of(cls, model: Any) -> Self:
        """Return the text of a fitted `XGBClassifier` or `LGBMClassifier` of two classes."""
        if hasattr(model, "get_booster"):
            return cls("xgboost", model.get_booster().save_raw(raw_format="json").decode())
        return cls("lightgbm", model.booster_.model_to_string())

    def probability(self, matrix: np.ndarray) -> np.ndarray:
        """Return probabilities of shape (n_rows,) for a matrix of shape (n_rows, n_columns), NaN where missing."""
        if self.library == "xgboost":
            matrix = require(self.library).DMatrix(matrix)
        return np.asarray(self._booster.predict(matrix), dtype="float64")

    def to_sql(self, encoder: FeatureEncoder, max_leaves: int) -> None:
        """Return None: how the library rounds is its own affair."""

    def to_plain(self) -> dict[str, Any]:
        """Return what `from_plain` takes."""
        return {"library": self.library, "text": self.text}

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the model that `to_plain` wrote."""
        return cls(**plain)


def require(library: str) -> ModuleType:
    """Return an optional library.

    Raises
    ------
    ImportError
        If it is not installed; the message names the extra.
    """
    try:
        return importlib.import_module(library)
    except ImportError:
        raise ImportError(f"{library} is not installed. Install the extra: pip install 'strate[{library}]'.") from None
