"""Transforms of one feature, each written so that portable SQL can repeat it."""

import warnings

import numpy as np
from sklearn.preprocessing import PowerTransformer

TRANSFORMS = ("none", "log", "yeo_johnson")
"""Names of the transforms, the legal values of every `transform` argument."""

LAMBDA_LIMIT = 5.0
LAMBDA_DECIMALS = 4


def signed_log(x: np.ndarray) -> np.ndarray:
    """Return sign(x) * ln(1 + abs(x)), a logarithm that takes zero and negative values.

    `log1p` would be closer for tiny values; `ln(1 + x)` is what every SQL engine has.
    """
    return np.sign(x) * np.log(1.0 + np.abs(x))


def yeo_johnson(x: np.ndarray, lambda_: float) -> np.ndarray:
    """Yeo-Johnson power transform, after Yeo & Johnson (2000).

    ==========  ===============  ==================================================
    x           lambda           result
    ==========  ===============  ==================================================
    x >= 0      not 0            ((x + 1)^lambda - 1) / lambda
    x >= 0      0                ln(x + 1)
    x < 0       not 2            -((1 - x)^(2 - lambda) - 1) / (2 - lambda)
    x < 0       2                -ln(1 - x)
    ==========  ===============  ==================================================

    Parameters
    ----------
    x : numpy.ndarray of any shape
        In the feature's own unit. NaN stays NaN.
    lambda_ : float
        The power; 1 leaves x as it is.

    Returns
    -------
    numpy.ndarray of the shape of `x`

    References
    ----------
    Yeo, I.-K. and Johnson, R. A. (2000). A new family of power transformations to improve
    normality or symmetry. Biometrika 87(4).
    """
    x = np.asarray(x, dtype="float64")
    result = np.full_like(x, np.nan)
    upper, lower = x >= 0, x < 0
    with np.errstate(over="ignore"):
        if lambda_ == 0:
            result[upper] = np.log(x[upper] + 1.0)
        else:
            result[upper] = (np.power(x[upper] + 1.0, lambda_) - 1.0) / lambda_
        if lambda_ == 2:
            result[lower] = -np.log(1.0 - x[lower])
        else:
            result[lower] = -(np.power(1.0 - x[lower], 2.0 - lambda_) - 1.0) / (2.0 - lambda_)
    return result


def fit_yeo_johnson(x: np.ndarray) -> float:
    """Find the power of the Yeo-Johnson transform by maximum likelihood, with scikit-learn.

    The power is rounded to 4 decimals, so that a stored 0 or 2 is exact and no power near them loses
    digits, and held within -5 to 5, since an unbounded optimum overflows on values far from zero.
    Where the optimum fails or flattens the sample, it is 1, which leaves the feature as it is.

    Parameters
    ----------
    x : numpy.ndarray of shape (n_rows,)
        Finite, in the feature's own unit, not constant.

    Returns
    -------
    float
        The power.
    """
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            learned = PowerTransformer(method="yeo-johnson", standardize=False).fit(x[:, None]).lambdas_[0]
        except ValueError:
            return 1.0
    if not np.isfinite(learned):
        return 1.0
    lambda_ = round(float(np.clip(learned, -LAMBDA_LIMIT, LAMBDA_LIMIT)), LAMBDA_DECIMALS) + 0.0
    y = yeo_johnson(x, lambda_)
    return lambda_ if np.isfinite(y).all() and y.max() > y.min() else 1.0


def apply_transform(x: np.ndarray, transform: str, lambda_: float = np.nan) -> np.ndarray:
    """Apply the transform of that name; `lambda_` is read by `yeo_johnson` only."""
    if transform == "log":
        return signed_log(x)
    if transform == "yeo_johnson":
        return yeo_johnson(x, lambda_)
    return x
