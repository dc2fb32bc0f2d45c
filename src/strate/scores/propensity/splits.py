"""Which rows may be learned from, and which then tell how good it was."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

N_FOLDS = 3
MOST_VALIDATION_DATES = 2


@dataclass(frozen=True)
class Fold:
    """Positions of rows to learn from, and of rows to validate on."""

    train: np.ndarray
    validation: np.ndarray


@dataclass(frozen=True)
class Labelled:
    """Rows whose horizon is over, parted at the latest date.

    Attributes
    ----------
    everything : pandas.DataFrame
        All of them.
    training : pandas.DataFrame
        Rows of earlier dates whose horizon was over by the test date: all that any choice is made from.
    test : pandas.DataFrame
        Rows of the latest date.
    """

    everything: pd.DataFrame
    training: pd.DataFrame
    test: pd.DataFrame


def part(sample: pd.DataFrame, outcome: str) -> Labelled:
    """Part the rows that have an outcome. Rows whose horizon is not over have none, whatever the column holds."""
    is_over = sample["outcome_known_on"].notna() & (sample["outcome_known_on"] > sample["as_of_date"])
    labelled = sample[is_over & sample[outcome].notna()]
    test_date = labelled["as_of_date"].max()
    return Labelled(
        everything=labelled.reset_index(drop=True),
        training=labelled[labelled["outcome_known_on"] <= test_date].reset_index(drop=True),
        test=labelled[labelled["as_of_date"] == test_date].reset_index(drop=True),
    )


def folds(training: pd.DataFrame) -> list[Fold]:
    """Return folds in which nobody is validated on who was learned from, nor a time before the labels were known.

    Each of the last two dates that have earlier ones is validated on: what was known by then is learned from, the
    horizon lying between as a gap. Customers are parted in three by the hash of their id. Where no date has an earlier
    one, customers of the same date teach.

    Parameters
    ----------
    training : pandas.DataFrame
        With `customer_id`, `as_of_date` and `outcome_known_on`.

    Returns
    -------
    list of Fold
        Of validation rows no one comes twice.
    """
    group = customer_groups(training["customer_id"].tolist())
    date, known_on = training["as_of_date"].to_numpy(), training["outcome_known_on"].to_numpy()
    dates = [day for day in np.unique(date) if (known_on <= day).any()][-MOST_VALIDATION_DATES:]
    found = []
    for day in dates or np.unique(date):
        is_known = known_on <= day if dates else date == day
        for number in range(N_FOLDS):
            train = np.flatnonzero(is_known & (group != number))
            validation = np.flatnonzero((date == day) & (group == number))
            if len(train) and len(validation):
                found.append(Fold(train, validation))
    return found


def customer_groups(ids: Sequence[str], count: int = N_FOLDS) -> np.ndarray:
    """Return the group from 0 to `count` less 1 of each customer, by the hash of the id."""
    return np.fromiter((_hash(name) % count for name in ids), dtype="int64", count=len(ids))


def _hash(name: str) -> int:
    return int.from_bytes(hashlib.sha256(str(name).encode()).digest()[:8], "big")


def with_both_classes(found: Sequence[Fold], y: np.ndarray) -> Iterator[Fold]:
    """Yield the folds from which something can be learned."""
    for fold in found:
        if 0 < y[fold.train].sum() < len(fold.train):
            yield fold
