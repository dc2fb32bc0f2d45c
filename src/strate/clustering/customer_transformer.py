"""Estimator that turns customer features into the components in which distances are taken."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from strate.checks import check_choice, check_integer, check_names, check_number, numeric_matrix
from strate.clustering.transforms import TRANSFORMS, apply_transform, fit_yeo_johnson
from strate.threads import one_thread

IQR_OF_STANDARD_NORMAL = 1.349
LEAST_SHARE_OF_STD = 0.5
LARGEST_DOUBLE = float(np.finfo("float64").max)


class CustomerTransformer(BaseEstimator):
    """Fill, transform, clip, scale and, if asked, project customer features.

    For one customer and one feature, all in arithmetic that portable SQL repeats::

        x = coalesce(feature, fill_value)                       -- an infinite value counts as missing
        y = transform(x)
        s = (least(greatest(y, lower), upper) - center) / scale
        component_j = sum over i of (s_i - pca_mean_i) * loading_ij      -- component_i = s_i without PCA

    Parameters
    ----------
    features : sequence of str
        Columns to use.
    indicators : sequence of str
        Those of `features` that hold 0 and 1 for a level of a nominal column. They are neither transformed,
        clipped nor scaled, and a missing value is 0. So two customers of different named levels are apart by
        2 in squared distance, which is what a numeric feature of standard deviation 1 adds on average
        between two customers (Gower's idea that each feature counts alike, within Euclidean distance).
    transformation : {'log', 'yeo_johnson', 'none'}
        `log` is sign(x) * ln(1 + abs(x)); `yeo_johnson` learns a power per feature.
    clip_quantile : float from 0 to 0.1
        Share of the sample clipped at each end after the transform, so that a giant outlier owns no
        cluster. Whole rows are counted, upwards, so at least one row is clipped at each end, but never
        more than a tenth of the rows (so none below 10 rows). 0 switches clipping off.
    fill_with_max : sequence of str
        Features whose missing value means "never" and is filled with the sample's largest value
        (`recency_days`). All others are filled with the median. Names outside `features` are ignored.
    pca_components : int
        Number of principal components to project on; 0 for none. No more are kept than the sample has.

    Attributes
    ----------
    features_ : list of str
        Features in use, in the order of `features`.
    dropped_ : dict of str to str
        Reason for each feature that is out: `no_rows`, `all_missing`, `constant`,
        `constant_after_clipping` or `not_finite` (values so large that their median or spread overflows).
    parameters_ : pandas.DataFrame
        Indexed by `features_`; columns `fill_value`, `lambda`, `lower`, `upper`, `center`, `scale`,
        `pca_mean`, all float64. `lambda` is NaN unless the transformation is `yeo_johnson`; `lower` and
        `upper` are the smallest and largest double when nothing is clipped; `pca_mean` is 0 without PCA.
    loadings_ : numpy.ndarray of shape (n_features_used, n_components) or None
        None without PCA. In each column the entry farthest from 0 is positive.
    component_names_ : list of str
        `component_1` and so on with PCA, else `features_`.
    explained_variance_share_ : float
        Share of the scaled features' variance that the components keep, 0 to 1; 1 without PCA.
    n_missing_, n_infinite_ : numpy.ndarray of shape (n_features,)
        Nulls and infinities met in the sample, per feature of `features`.
    is_constant_ : bool
        True if no feature varies. The constant ones are then kept with scale 1, so that everybody
        still has coordinates, the same ones.

    Notes
    -----
    `center` is the median. `scale` is the interquartile range / 1.349, which is the standard deviation
    where a feature is normal, with two exceptions in which it is the standard deviation. Where it is less
    than half the standard deviation: zero-inflated counts, whose interquartile range can be 0 or nearly
    so, would be blown up. Where it is more: a feature of two humps has its quartiles in the humps, and
    the very feature that tells groups apart would be shrunk. So every scaled feature has a standard
    deviation from 1 to 2. Median, quartiles and standard deviation are those of the filled, transformed
    and clipped sample.

    Examples
    --------
    >>> frame = pd.DataFrame({"revenue": [1.0, 2.0, 3.0, 4.0, None]})
    >>> transformer = CustomerTransformer(["revenue"], transformation="none").fit(frame)
    >>> float(transformer.parameters_.loc["revenue", "center"])
    2.5
    """

    def __init__(
        self,
        features: Sequence[str],
        *,
        indicators: Sequence[str] = (),
        transformation: str = "log",
        clip_quantile: float = 0.001,
        fill_with_max: Sequence[str] = (),
        pca_components: int = 0,
    ) -> None:
        self.features = features
        self.indicators = indicators
        self.transformation = transformation
        self.clip_quantile = clip_quantile
        self.fill_with_max = fill_with_max
        self.pca_components = pca_components

    def fit(self, frame: pd.DataFrame, y: Any = None) -> "CustomerTransformer":
        """Learn every parameter from the sample.

        Parameters
        ----------
        frame : pandas.DataFrame
            One row per customer, with the columns `features`; nulls are allowed.
        y : ignored
            There for scikit-learn's sake.

        Returns
        -------
        CustomerTransformer
            Itself. Degenerate samples are no error: see `dropped_` and `is_constant_`.

        Raises
        ------
        ValueError
            If an argument is not legal, or a feature is absent or no number.
        """
        features = check_names("features", self.features)
        check_choice("transformation", self.transformation, TRANSFORMS)
        check_number("clip_quantile", self.clip_quantile, 0, 0.1)
        pca_components = check_integer("pca_components", self.pca_components, 0)
        filled_with_max = set(check_names("fill_with_max", self.fill_with_max))
        indicators = set(check_names("indicators", self.indicators))

        values = numeric_matrix(frame, features)
        self.n_missing_ = np.isnan(values).sum(axis=0)
        self.n_infinite_ = np.isinf(values).sum(axis=0)

        learned, constants, dropped = {}, {}, {}
        for feature, x in zip(features, values.T, strict=True):
            if feature in indicators:
                parameters, reason = _learn_indicator(x)
            else:
                parameters, reason = self._learn(x, feature in filled_with_max)
            if reason is None:
                learned[feature] = parameters
            else:
                dropped[feature] = reason
                if parameters is not None:
                    constants[feature] = parameters
        self.is_constant_ = not learned and bool(constants)
        if self.is_constant_:
            learned = constants
            dropped = {feature: reason for feature, reason in dropped.items() if feature not in constants}
        self.features_ = list(learned)
        self.dropped_ = dropped
        columns = ["fill_value", "lambda", "lower", "upper", "center", "scale", "pca_mean"]
        self.parameters_ = pd.DataFrame.from_dict(learned, orient="index", columns=columns, dtype="float64")

        self.loadings_ = None
        self.component_names_ = list(self.features_)
        self.explained_variance_share_ = 1.0
        if pca_components and self.features_:
            self._learn_projection(self.scale(frame), pca_components)
        return self

    def scale(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the scaled features, before any projection.

        Parameters
        ----------
        frame : pandas.DataFrame
            Has the columns `features_`; those of dropped features may be absent.

        Returns
        -------
        numpy.ndarray of shape (n_rows, n_features_used)
            In units of each feature's `scale`.
        """
        check_is_fitted(self, "parameters_")
        x = numeric_matrix(frame, self.features_)
        scaled = np.empty_like(x)
        for position, feature in enumerate(self.features_):
            known = self.parameters_.loc[feature]
            filled = np.where(np.isfinite(x[:, position]), x[:, position], known["fill_value"])
            transformation = "none" if feature in self.indicators else self.transformation
            y = apply_transform(filled, transformation, known["lambda"])
            clipped = np.minimum(np.maximum(y, known["lower"]), known["upper"])
            scaled[:, position] = (clipped - known["center"]) / known["scale"]
        return scaled

    def project(self, scaled: np.ndarray) -> np.ndarray:
        """Project scaled features on the principal components; without PCA, return them as they are.

        Features are added one after the other, not by a matrix product, as SQL adds them.

        Parameters
        ----------
        scaled : numpy.ndarray of shape (n_rows, n_features_used)

        Returns
        -------
        numpy.ndarray of shape (n_rows, n_components)
        """
        check_is_fitted(self, "parameters_")
        if self.loadings_ is None:
            return scaled
        components = np.zeros((len(scaled), self.loadings_.shape[1]))
        for position, mean in enumerate(self.parameters_["pca_mean"]):
            components += (scaled[:, [position]] - mean) * self.loadings_[position]
        return components

    def transform(self, frame: pd.DataFrame) -> np.ndarray:
        """Return the components of shape (n_rows, n_components): `scale`, then `project`."""
        return self.project(self.scale(frame))

    def fit_transform(self, frame: pd.DataFrame, y: Any = None) -> np.ndarray:
        """Fit on the sample and return its components, of shape (n_rows, n_components)."""
        return self.fit(frame).transform(frame)

    def _learn(self, values: np.ndarray, is_filled_with_max: bool) -> tuple[list[float] | None, str | None]:
        """Return the parameters of one feature, and why it is out (None if it is in).

        A constant feature has both: parameters with scale 1, and a reason.
        """
        if not len(values):
            return None, "no_rows"
        known = values[np.isfinite(values)]
        if not len(known):
            return None, "all_missing"
        with np.errstate(over="ignore"):
            fill_value = known.max() if is_filled_with_max else np.median(known)
        x = np.where(np.isfinite(values), values, fill_value)
        is_constant = x.min() == x.max()

        lambda_ = np.nan
        if self.transformation == "yeo_johnson":
            lambda_ = 1.0 if is_constant else fit_yeo_johnson(x)
        with np.errstate(over="ignore", invalid="ignore"):
            y = np.sort(apply_transform(x, self.transformation, lambda_))
            lower, upper = -LARGEST_DOUBLE, LARGEST_DOUBLE
            if self.clip_quantile > 0:
                rows = min(int(np.ceil(self.clip_quantile * (len(y) - 1))), len(y) // 10)
                lower, upper = y[rows], y[-1 - rows]
            y = np.clip(y, lower, upper)
            center = np.median(y)
            scale = 1.0 if y[0] == y[-1] else _robust_scale(y, center)
        if not np.isfinite([fill_value, lower, upper, center, scale]).all() or scale <= 0:
            return None, "not_finite"
        parameters = [float(p) for p in (fill_value, lambda_, lower, upper, center, scale, 0.0)]
        if is_constant:
            return parameters, "constant"
        return parameters, "constant_after_clipping" if y[0] == y[-1] else None

    def _learn_projection(self, scaled: np.ndarray, n_components: int) -> None:
        """Learn means and loadings: the eigenvectors of the scaled features' covariance."""
        means = scaled.mean(axis=0)
        centered = scaled - means
        with one_thread():
            variances, vectors = np.linalg.eigh(centered.T @ centered / max(len(scaled) - 1, 1))
        variances, vectors = variances[::-1], vectors[:, ::-1]
        rank = max(1, int((variances > variances[0] * 1e-12).sum()))  # 1 also where nothing varies
        vectors = vectors[:, : min(n_components, rank)]
        farthest = np.abs(vectors).argmax(axis=0)
        signs = np.where(vectors[farthest, range(vectors.shape[1])] < 0, -1.0, 1.0)
        self.loadings_ = vectors * signs
        self.parameters_["pca_mean"] = means
        self.component_names_ = [f"component_{j + 1}" for j in range(vectors.shape[1])]
        if variances[0] > 0:
            self.explained_variance_share_ = float(variances[: vectors.shape[1]].sum() / variances.sum())


def _learn_indicator(values: np.ndarray) -> tuple[list[float] | None, str | None]:
    """Return the parameters of a column of 0 and 1, which leave it as it is, and why it is out."""
    if not len(values):
        return None, "no_rows"
    filled = np.where(np.isfinite(values), values, 0.0)
    parameters = [0.0, float("nan"), -LARGEST_DOUBLE, LARGEST_DOUBLE, 0.0, 1.0, 0.0]
    return parameters, "constant" if filled.min() == filled.max() else None


def _robust_scale(y: np.ndarray, center: float) -> float:
    """Return the scale of one feature, by the rule in the notes of `CustomerTransformer`."""
    lower_quartile, upper_quartile = np.percentile(y, [25, 75])
    robust = (upper_quartile - lower_quartile) / IQR_OF_STANDARD_NORMAL
    reach = np.abs(y - center).max()
    std = reach * np.std((y - center) / reach)  # by the reach, so that squares of huge values stay finite
    return robust if LEAST_SHARE_OF_STD * std <= robust <= std else std
