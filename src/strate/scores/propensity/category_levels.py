"""The levels of a category that are frequent enough to say something, and the place of everything else."""

from typing import Any, Self

import numpy as np
import pandas as pd

from strate.scores.propensity import expression

LEAST_COUNT = 20
MOST_LEVELS = 50
_TRUTH = {"True": "{}", "False": "not {}"}


class CategoryLevels:
    """Places of the values of one category: one for each frequent level, one for null, one for all others.

    Attributes
    ----------
    levels_ : list of str
        Those that at least 20 rows have, at most 50, the most frequent first, of equals the first by name.
    """

    def fit(self, values: pd.Series) -> Self:
        """Learn the levels of texts or booleans, of shape (n_rows,)."""
        counts = values.dropna().astype(str).value_counts()
        counts = counts[counts >= LEAST_COUNT]
        self.levels_ = sorted(counts.index, key=lambda level: (-counts[level], level))[:MOST_LEVELS]
        return self

    @classmethod
    def of(cls, levels: list[str]) -> Self:
        """Return the places of known levels."""
        self = cls()
        self.levels_ = list(levels)
        return self

    @property
    def size(self) -> int:
        """Number of places: the levels in order, then null, then others."""
        return len(self.levels_) + 2

    def places(self, values: pd.Series) -> np.ndarray:
        """Return the place of each value, integers of shape (n_rows,).

        A text with letters that engines read differently (quotes, backslashes, braces) is recognised by all other
        letters, as SQL does it.
        """
        missing, other = len(self.levels_), len(self.levels_) + 1
        codes, texts = pd.factorize(values.astype("object").map(str, na_action="ignore"))
        exact = {level: place for place, level in enumerate(self.levels_) if expression.is_safe(level)}
        loose = [
            (expression.pattern(level), place)
            for place, level in enumerate(self.levels_)
            if not expression.is_safe(level)
        ]
        found = np.full(len(texts) + 1, missing)
        for position, text in enumerate(texts):
            matches = (place for pattern, place in loose if pattern.fullmatch(text))
            found[position] = exact[text] if text in exact else next(matches, other)
        return found[codes]  # the code of null is -1, the last

    def to_sql(self, column: str, values: np.ndarray, is_boolean: bool = False) -> str:
        """Return the value of each place, given one a place, as SQL over the column."""
        order = sorted(range(len(self.levels_)), key=lambda place: not expression.is_safe(self.levels_[place]))
        cases = [f"when {column} is null then {expression.number(values[-2])}"]
        for place in order:
            level = self.levels_[place]
            condition = _TRUTH[level].format(column) if is_boolean else expression.equals(column, level)
            cases.append(f"when {condition} then {expression.number(values[place])}")
        return expression.double(f"case {' '.join(cases)} else {expression.number(values[-1])} end")

    def to_plain(self) -> Any:
        """Return what `of` takes."""
        return list(self.levels_)
