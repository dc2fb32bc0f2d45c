"""Estimator that writes features and categories as the numbers that a method of propensity reads."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.decomposition import PCA
from sklearn.model_selection import GroupKFold, KFold
from sklearn.preprocessing import TargetEncoder
from sklearn.utils.validation import check_is_fitted

from strate.checks import check_choice, check_integer, check_names, numeric_matrix
from strate.clustering.transforms import signed_log
from strate.scores.propensity import expression
from strate.scores.propensity.category_embedding import CategoryEmbedding
from strate.scores.propensity.category_levels import CategoryLevels

FORMS = ("tree", "linear")
CATEGORY_ENCODINGS = ("target", "embedding", "none")
FOLDS = 5
TAIL = 0.001  # of the values on either side has no say in the scale: one absurd one would squash all others
BOUND = 5.0  # standard deviations beyond which a value is no further away


class FeatureEncoder(BaseEstimator):
    """Write features and categories as columns of numbers.

    For trees a number stays as it is and a missing one is NaN. For linear methods it becomes its signed logarithm, the
    median where it is missing, with a column that says so, then is standardised and clipped at 5 deviations.

    Parameters
    ----------
    features, categories : sequence of str
        Columns of numbers or booleans, and columns of texts or booleans.
    form : {'tree', 'linear'}
    category_encoding : {'target', 'embedding', 'none'}
        `target` is the mean label of a level, pulled towards that of all; `embedding` has up to 4 columns a category,
        see `CategoryEmbedding`; `none` leaves categories out. Null has a place of its own; rare and unknown
        levels share one.
    n_components : int or None
        Of the linear form: as many principal components in place of the columns, at most as many as there are columns.
    seed : int
        Of the folds of `fit_transform`.

    Attributes
    ----------
    columns_ : list of str
        Names of the columns.
    numbers_ : list of str
        Features of which anything is known; the others have no column.
    """

    def __init__(
        self,
        features: Sequence[str],
        categories: Sequence[str] = (),
        form: str = "tree",
        category_encoding: str = "target",
        n_components: int | None = None,
        seed: int = 7,
    ) -> None:
        self.features = features
        self.categories = categories
        self.form = form
        self.category_encoding = category_encoding
        self.n_components = n_components
        self.seed = seed

    def fit(self, frame: pd.DataFrame, y: np.ndarray) -> Self:
        """Learn levels, their values and scales.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row per customer and date, with the columns `features` and `categories`. Infinite counts as missing.
        y : array of shape (n_rows,)
            The label, 0 or 1.
        """
        self._fit(frame, np.asarray(y, dtype="float64"))
        return self

    def fit_transform(self, frame: pd.DataFrame, y: np.ndarray, groups: np.ndarray | None = None) -> np.ndarray:
        """Learn, and return the matrix of the rows learned from.

        A level's mean label as a training row sees it comes from other rows, in five folds: with its own label in it, a
        category of many levels would look as if it told the label. Rows of one group are in one fold.

        Returns
        -------
        numpy.ndarray of shape (n_rows, n_columns)
        """
        label = np.asarray(y, dtype="float64")
        self._fit(frame, label)
        cross_fitted = None
        if self.levels_ and self.category_encoding == "target":
            splitter, units = (KFold, len(label)) if groups is None else (GroupKFold, len(np.unique(groups)))
            folds = splitter(min(FOLDS, units), shuffle=True, random_state=self.seed).split(label, groups=groups)
            cross_fitted = self._target_encoder(list(folds)).fit_transform(self._places(frame), label)
        return self._finish(self._raw(frame, cross_fitted))

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the matrix of shape (n_rows, n_columns), float64; only in the form `tree` with NaN."""
        check_is_fitted(self, "columns_")
        return self._finish(self._raw(frame))

    def _fit(self, frame: pd.DataFrame, label: np.ndarray) -> None:
        check_choice("form", self.form, FORMS)
        check_choice("category_encoding", self.category_encoding, CATEGORY_ENCODINGS)
        if self.n_components is not None:
            check_integer("n_components", self.n_components, 1)
            check_choice("form", self.form, ["linear"])  # a component cannot be made of NaN
        features = check_names("features", self.features)
        categories = check_names("categories", self.categories) if self.category_encoding != "none" else []
        matrix = known_numbers(frame, features)
        known = ~np.isnan(matrix).all(axis=0) if len(frame) else np.zeros(len(features), dtype=bool)
        self.numbers_ = [feature for feature, is_known in zip(features, known, strict=True) if is_known]
        self.levels_ = {name: CategoryLevels().fit(frame[name]) for name in categories if frame[name].notna().any()}
        self.booleans_ = [name for name in [*self.numbers_, *self.levels_] if _is_boolean(frame[name])]
        self.values_ = self._fit_categories(frame, label, matrix[:, known])
        self.raw_columns_ = list(self.numbers_)
        for name, values in self.values_.items():
            width = values.shape[1]
            is_one = self.category_encoding == "target"
            self.raw_columns_ += [name] if is_one else [f"{name}_{number + 1}" for number in range(width)]
        self.columns_ = list(self.raw_columns_)
        if self.form == "linear":
            self._fit_linear(self._raw(frame))

    def _fit_categories(self, frame: pd.DataFrame, label: np.ndarray, numbers: np.ndarray) -> dict[str, np.ndarray]:
        """Return the values of each category's places, one row a place."""
        places = self._places(frame)
        if not self.levels_:
            return {}
        if self.category_encoding == "target":
            encodings = self._target_encoder(FOLDS).fit(places, label).encodings_
            return {name: values[:, None] for name, values in zip(self.levels_, encodings, strict=True)}
        logs = signed_log(numbers)
        filled = np.where(np.isnan(logs), np.nanmedian(logs, axis=0), logs) if numbers.shape[1] else logs
        center, scale = _center_and_scale(filled)
        scaled = np.clip((filled - center) / scale, -BOUND, BOUND)
        return {
            name: CategoryEmbedding().fit(places[:, position], levels.size, scaled).vectors_
            for position, (name, levels) in enumerate(self.levels_.items())
        }

    def _target_encoder(self, folds: Any) -> TargetEncoder:
        # Labels are numbers to it: then one class alone is no error.
        places = [np.arange(levels.size) for levels in self.levels_.values()]
        return TargetEncoder(categories=places, target_type="continuous", cv=folds)

    def _places(self, frame: pd.DataFrame) -> np.ndarray:
        places = [levels.places(frame[name]) for name, levels in self.levels_.items()]
        return np.column_stack(places) if places else np.empty((len(frame), 0), dtype="int64")

    def _raw(self, frame: pd.DataFrame, encoded: np.ndarray | None = None) -> np.ndarray:
        """Return numbers, NaN where missing, then the values of categories."""
        parts = [known_numbers(frame, self.numbers_)]
        if encoded is not None:
            parts.append(encoded)
        else:
            parts += [values[self.levels_[name].places(frame[name])] for name, values in self.values_.items()]
        return np.column_stack(parts)

    def _fit_linear(self, raw: np.ndarray) -> None:
        count = len(self.numbers_)
        logs = np.column_stack([signed_log(raw[:, :count]), raw[:, count:]])
        self.fills_ = np.nanmedian(logs, axis=0) if logs.shape[1] else np.empty(0)
        self.indicators_ = [position for position in range(count) if np.isnan(raw[:, position]).any()]
        whole = self._fill(raw)
        self.centers_, self.scales_ = _center_and_scale(whole)
        self.scaled_columns_ = self.raw_columns_ + [f"{self.numbers_[at]}_is_missing" for at in self.indicators_]
        self.columns_ = self.scaled_columns_
        self.components_ = None
        if self.n_components is not None and whole.shape[1]:
            wanted = min(self.n_components, *whole.shape)
            model = PCA(wanted, svd_solver="full").fit(self._standardise(whole))
            # Read back, the numbers lie in this order: sums over them would else differ in the last bit.
            self.components_, self.means_ = np.ascontiguousarray(model.components_), model.mean_
            self.columns_ = [f"component_{number + 1}" for number in range(wanted)]

    def _fill(self, raw: np.ndarray) -> np.ndarray:
        count = len(self.numbers_)
        logs = np.column_stack([signed_log(raw[:, :count]), raw[:, count:]])
        return np.column_stack([np.where(np.isnan(logs), self.fills_, logs), np.isnan(raw[:, self.indicators_])])

    def _standardise(self, whole: np.ndarray) -> np.ndarray:
        return np.clip((whole - self.centers_) / self.scales_, -BOUND, BOUND)

    def _finish(self, raw: np.ndarray) -> np.ndarray:
        if self.form == "tree":
            return raw
        scaled = self._standardise(self._fill(raw))
        if self.components_ is None:
            return scaled
        # A column at a time: a matrix product may differ in the last bit with the number of rows.
        matrix = np.zeros((len(scaled), len(self.components_)))
        for position, weights in enumerate(self.components_.T):
            matrix += (scaled[:, [position]] - self.means_[position]) * weights
        return matrix

    def to_sql(self) -> list[expression.Step]:
        """Return the columns as portable SQL, of the last step those of `columns_`, each named `x_` and its name.

        Components are not written: a linear model folds them into its coefficients.
        """
        steps = [
            (1, f"raw_{feature}", expression.finite(expression.name(feature), feature in self.booleans_))
            for feature in self.numbers_
        ]
        columns = iter(self.raw_columns_[len(self.numbers_) :])
        for name, values in self.values_.items():
            column, is_boolean = expression.name(name), name in self.booleans_
            steps += [
                (1, f"raw_{next(columns)}", self.levels_[name].to_sql(column, of_places, is_boolean))
                for of_places in values.T
            ]
        return steps if self.form == "tree" else steps + self._linear_sql()

    def _linear_sql(self) -> list[expression.Step]:
        steps, number = [], expression.number
        for position, column in enumerate(self.scaled_columns_):
            center, scale = number(self.centers_[position]), number(self.scales_[position])
            if position >= len(self.raw_columns_):
                feature = self.raw_columns_[self.indicators_[position - len(self.raw_columns_)]]
                value = expression.double(f"case when raw_{feature} is null then 1e0 else 0e0 end")
            elif position < len(self.numbers_):
                log = f"case when raw_{column} < 0e0 then -ln(1e0 - raw_{column}) else ln(1e0 + raw_{column}) end"
                value = f"coalesce({log}, {number(self.fills_[position])})"
            else:
                value = f"raw_{column}"
            steps.append((2, f"scaled_{column}", f"({value} - {center}) / {scale}"))
            steps.append((3, f"x_{column}", expression.clipped(f"scaled_{column}", -BOUND, BOUND)))
        return steps

    def to_plain(self) -> dict[str, Any]:
        """Return all that was learned as lists, numbers and texts."""
        check_is_fitted(self, "columns_")
        plain = {"parameters": self.get_params(), "numbers": self.numbers_, "booleans": self.booleans_}
        plain["parameters"] |= {"features": list(self.features), "categories": list(self.categories)}
        plain["levels"] = {name: levels.to_plain() for name, levels in self.levels_.items()}
        plain["values"] = {name: values.tolist() for name, values in self.values_.items()}
        plain |= {"raw_columns": self.raw_columns_, "columns": self.columns_}
        if self.form == "linear":
            plain |= {"scaled_columns": self.scaled_columns_, "indicators": self.indicators_}
            plain |= {name: getattr(self, f"{name}_").tolist() for name in ("fills", "centers", "scales")}
            if self.components_ is not None:
                plain |= {"components": self.components_.tolist(), "means": self.means_.tolist()}
        return plain

    @classmethod
    def from_plain(cls, plain: dict[str, Any]) -> Self:
        """Return the encoder that `to_plain` wrote."""
        self = cls(**plain["parameters"])
        self.numbers_, self.booleans_ = plain["numbers"], plain["booleans"]
        self.levels_ = {name: CategoryLevels.of(levels) for name, levels in plain["levels"].items()}
        self.values_ = {
            name: np.array(values, dtype="float64").reshape(self.levels_[name].size, -1)
            for name, values in plain["values"].items()
        }
        self.raw_columns_, self.columns_ = plain["raw_columns"], plain["columns"]
        if self.form == "linear":
            self.scaled_columns_, self.indicators_ = plain["scaled_columns"], plain["indicators"]
            for name in ("fills", "centers", "scales"):
                setattr(self, f"{name}_", np.array(plain[name], dtype="float64"))
            self.components_ = np.array(plain["components"]) if "components" in plain else None
            self.means_ = np.array(plain["means"]) if "means" in plain else None
        return self


def known_numbers(frame: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    """Return features as float64, NaN where they are missing, infinite, or beyond what SQL takes for known."""
    matrix = numeric_matrix(frame, features)
    with np.errstate(invalid="ignore"):
        return np.where(np.abs(matrix) <= expression.LARGEST, matrix, np.nan)


def _is_boolean(column: pd.Series) -> bool:
    """Return whether a column holds true and false; with nulls it may come as objects."""
    if column.dtype != object:
        return pd.api.types.is_bool_dtype(column)
    present = column.dropna()
    return len(present) > 0 and isinstance(present.iloc[0], bool | np.bool_)


def _center_and_scale(matrix: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column but for its tails, 1 where all values are alike."""
    usual = np.clip(matrix, *np.quantile(matrix, [TAIL, 1 - TAIL], axis=0, method="nearest")) if len(matrix) else matrix
    deviation = usual.std(axis=0)
    return usual.mean(axis=0), np.where(deviation > 1e-12, deviation, 1.0)
