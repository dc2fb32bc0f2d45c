"""Which features a score hangs on, and what is typical of each."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from strate.checks import numeric_matrix
from strate.scores.propensity.judgement import log_losses

MOST_ROWS = 5_000
DECIMALS = 6


def permutation_importance(
    predict: Callable[[pd.DataFrame], np.ndarray],
    frame: pd.DataFrame,
    y: np.ndarray,
    features: Sequence[str],
    seed: int,
) -> dict[str, float]:
    """Return by how much the mean log loss rises when a feature's values are dealt out anew, on at most 5,000 rows."""
    stream = np.random.default_rng(seed)
    if len(frame) > MOST_ROWS:
        rows = np.sort(stream.choice(len(frame), MOST_ROWS, replace=False))
        frame, y = frame.iloc[rows], y[rows]
    loss = log_losses(y, predict(frame)).mean()
    order = stream.permutation(len(frame))
    found = {}
    for feature in features:
        dealt = frame.assign(**{feature: frame[feature].array.take(order)})
        found[feature] = float(log_losses(y, predict(dealt)).mean() - loss)
    return found


def typical_values(frame: pd.DataFrame, features: Sequence[str], categories: Sequence[str]) -> dict[str, Any]:
    """Return the median of each feature and the most frequent level of each category; None where all are null."""
    found: dict[str, Any] = {}
    for feature, values in zip(features, numeric_matrix(frame, features).T, strict=True):
        known = values[np.isfinite(values)]
        found[feature] = float(np.quantile(known, 0.5, method="lower")) if len(known) else None
    for category in categories:
        counts = frame[category].dropna().astype(str).value_counts()
        found[category] = min(counts[counts == counts.max()].index) if len(counts) else None
    return found


def reasons(
    predict: Callable[[pd.DataFrame], np.ndarray],
    frame: pd.DataFrame,
    typical: Mapping[str, Any],
    probability: np.ndarray,
    count: int = 3,
) -> tuple[np.ndarray, np.ndarray]:
    """Return what moved each customer's probability most.

    Parameters
    ----------
    predict : callable
    frame : pandas.DataFrame of n_rows
    typical : mapping of str to object
        Features in question, the most important first, and what is typical of each.
    probability : numpy.ndarray of shape (n_rows,)
    count : int
        Most reasons of a customer.

    Returns
    -------
    tuple of two numpy.ndarray of shape (n_rows, at most count)
        Names, and the probability less that with the feature at its typical value; the largest first.
    """
    names = list(typical)
    effects = np.column_stack(
        [probability - predict(frame.assign(**{name: _column(frame[name], typical[name])})) for name in names]
    )
    # Of equals the first name wins, and what differs by rounding is equal: SQL gives the same reasons.
    order = np.argsort(-np.round(np.abs(effects), DECIMALS), axis=1, kind="stable")[:, :count]
    return np.array(names, dtype=object)[order], np.take_along_axis(effects, order, axis=1)


def _column(like: pd.Series, value: Any) -> pd.Series:
    if isinstance(value, str):
        return pd.Series([value] * len(like), index=like.index, dtype=object)
    return pd.Series(np.nan if value is None else value, index=like.index, dtype="float64")
