"""Pieces of portable SQL: literals, names and conditions that every engine reads alike.

Every engine has `case`, `coalesce`, `like`, `exp`, `ln` and `abs`; nothing else is used. `{double}` stands for the type
of the engine.
"""

import re
from collections.abc import Sequence

import numpy as np

Step = tuple[int, str, str]
"""Number of the step, name of the column, its SQL over the columns of earlier steps."""

LARGEST = 1e300
"""A number beyond it counts as unknown: infinity has no literal that every engine reads."""

MOST_LOG_ODDS = 30.0

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SAFE = re.compile(r"[\w .,;:!?&/|+=~@#$^*()<>\[\]-]")  # one letter
_ANY = "_"  # of `like`


def name(column: str) -> str:
    """Return the name of a column, if SQL reads it without quotes.

    Raises
    ------
    ValueError
        If it does not: engines quote in different ways.
    """
    if not _NAME.fullmatch(column):
        raise ValueError(f"a feature that SQL reads must be named with letters, digits and _; got {column!r}.")
    return column


def number(value: float) -> str:
    """Return a finite number as a literal of type double, to the last bit.

    An exponent keeps engines from reading it as a decimal; brackets keep two signs from beginning a comment.
    """
    if not np.isfinite(value):
        raise ValueError(f"only a finite number has a literal; got {value!r}.")
    text = repr(float(value))
    text = text if "e" in text else text + "e0"
    return f"({text})" if text.startswith("-") else text


def is_safe(level: str) -> bool:
    """Return whether a text means the same in single quotes on every engine.

    Engines differ in what a backslash or a second quote means, and braces mean something to dbt.
    """
    return all(_SAFE.fullmatch(letter) for letter in level)


def equals(column: str, level: str) -> str:
    """Return the condition that a column holds a text; unsafe letters of it may be any letter."""
    if is_safe(level):
        return f"{column} = '{level}'"
    return f"{column} like '{''.join(letter if _is_plain(letter) else _ANY for letter in level)}'"


def pattern(level: str) -> re.Pattern:
    """Return what `equals` says of a text that is not safe, as a regular expression over the whole value."""
    return re.compile("".join(re.escape(letter) if _is_plain(letter) else "." for letter in level), re.DOTALL)


def _is_plain(letter: str) -> bool:
    """Return whether a letter stands for itself in a pattern."""
    return letter != _ANY and bool(_SAFE.fullmatch(letter))


def double(sql: str) -> str:
    """Return SQL as a double: some engines take literals for decimals, even with an exponent."""
    return f"cast({sql} as {{double}})"


def finite(column: str, is_boolean: bool = False) -> str:
    """Return a column as a double, null where it is null, not a number or infinite."""
    if is_boolean:
        return double(f"case when {column} then 1e0 when not {column} then 0e0 end")
    value = double(column)
    return f"case when abs({value}) <= {number(LARGEST)} then {value} end"


def clipped(column: str, low: float, high: float) -> str:
    """Return a column that is not null, kept within two bounds."""
    at_least, at_most = number(low), number(high)
    return f"case when {column} < {at_least} then {at_least} when {column} > {at_most} then {at_most} else {column} end"


def weighted_sum(start: float, columns: Sequence[str], weights: Sequence[float]) -> str:
    """Return `start` and each column times its weight; columns without weight are left out."""
    terms = [number(start)]
    terms += [f"{number(weight)} * {column}" for column, weight in zip(columns, weights, strict=True) if weight != 0]
    return " + ".join(terms)


def logistic(log_odds: np.ndarray) -> np.ndarray:
    """Return probabilities; log-odds beyond 30 are as 30, which keeps engines from overflow."""
    return 1 / (1 + np.exp(-np.clip(log_odds, -MOST_LOG_ODDS, MOST_LOG_ODDS)))


def logistic_steps(step: int, log_odds: str, prefix: str = "") -> list[Step]:
    """Return steps that say what `logistic` does, from SQL that is not null; the last is `probability`."""
    column = f"{prefix}log_odds"
    exponent = clipped(column, -MOST_LOG_ODDS, MOST_LOG_ODDS)
    return [(step, column, log_odds), (step + 1, f"{prefix}probability", f"1e0 / (1e0 + exp(-({exponent})))")]
