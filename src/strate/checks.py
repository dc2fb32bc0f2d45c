"""Argument checks whose errors name the argument, the legal values and what came."""

from collections.abc import Iterable, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np
import pandas as pd


def check_integer(name: str, value: Any, low: int, high: int | None = None) -> int:
    """Return `value` as an int within [low, high].

    Raises
    ------
    ValueError
        If `value` is no integer (a bool is none) or lies outside the range.
    """
    is_integer = isinstance(value, Integral) and not isinstance(value, bool | np.bool_)
    if not is_integer or value < low or (high is not None and value > high):
        legal = f"an integer of at least {low}" if high is None else f"an integer from {low} to {high}"
        raise ValueError(f"{name} must be {legal}; got {_show(value)}.")
    return int(value)


def check_number(name: str, value: Any, low: float, high: float) -> float:
    """Return `value` as a float within [low, high].

    Raises
    ------
    ValueError
        If `value` is no finite number (a bool is none) or lies outside the range.
    """
    is_number = isinstance(value, Real) and not isinstance(value, bool | np.bool_)
    if not is_number or not np.isfinite(value) or not low <= value <= high:
        legal = f"a number of at least {low:g}" if np.isinf(high) else f"a number from {low:g} to {high:g}"
        raise ValueError(f"{name} must be {legal}; got {_show(value)}.")
    return float(value)


def check_choice(name: str, value: Any, choices: Iterable[str]) -> str:
    """Return `value` if it is one of `choices`.

    Raises
    ------
    ValueError
        If it is not.
    """
    legal = list(choices)
    if not isinstance(value, str) or value not in legal:
        raise ValueError(f"{name} must be one of {', '.join(map(repr, legal))}; got {_show(value)}.")
    return value


def check_names(name: str, value: Any) -> list[str]:
    """Return `value` as a list of different, non-empty names.

    Raises
    ------
    ValueError
        If `value` is no list of text, or a name is empty or comes twice.
    """
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    if not is_list or not all(isinstance(item, str) and item for item in value):
        raise ValueError(f"{name} must be a list of column names; got {_show(value)}.")
    twice = sorted({item for item in value if list(value).count(item) > 1})
    if twice:
        raise ValueError(f"{name} must name each column once; {', '.join(map(repr, twice))} came twice.")
    return list(value)


def check_matrix(name: str, value: Any) -> np.ndarray:
    """Return `value` as a float64 matrix of shape (n_rows, n_columns), both at least 1, all finite.

    Raises
    ------
    ValueError
        If the shape is another or a value is missing or infinite.
    """
    matrix = np.asarray(value, dtype="float64")
    if matrix.ndim != 2 or 0 in matrix.shape:
        raise ValueError(f"{name} must have shape (rows, columns), both at least 1; got shape {matrix.shape}.")
    if not np.isfinite(matrix).all():
        raise ValueError(f"{name} must hold finite numbers only; got missing or infinite values.")
    return matrix


def numeric_matrix(frame: pd.DataFrame, features: Sequence[str]) -> np.ndarray:
    """Read feature columns as float64; every kind of null becomes NaN, infinities stay.

    Parameters
    ----------
    frame : pandas.DataFrame
        Has the columns `features`: numbers, booleans, decimals, or wholly null.
    features : sequence of str
        Columns to read, in this order.

    Returns
    -------
    numpy.ndarray of shape (n_rows, n_features)

    Raises
    ------
    ValueError
        If a column is absent, comes twice, or holds something that is no number.
    """
    absent = [feature for feature in features if feature not in frame.columns]
    if absent:
        raise ValueError(
            f"features must be columns of the frame ({', '.join(map(str, frame.columns))}); "
            f"got {', '.join(map(repr, absent))}, absent from it."
        )
    values = np.empty((len(frame), len(features)), dtype="float64")
    for position, feature in enumerate(features):
        column = frame[feature]
        if isinstance(column, pd.DataFrame):
            raise ValueError(f"features must be columns that exist once; {feature!r} comes twice in the frame.")
        if column.dtype == "float64":
            values[:, position] = column.to_numpy()
            continue
        present = column.dropna()
        is_text = not pd.api.types.is_numeric_dtype(column) and any(isinstance(x, str) for x in present)
        try:
            if is_text:
                raise ValueError("text")
            values[:, position] = column.to_numpy(dtype="float64", na_value=np.nan)
        except (TypeError, ValueError):
            raise ValueError(
                f"features must be numeric columns; {feature!r} has type {column.dtype} "
                f"and holds, for example, {present.iloc[0]!r}."
            ) from None
    return values


def _show(value: Any) -> str:
    """Show a value and its type, for an error message."""
    return f"{value!r} ({type(value).__name__})"
