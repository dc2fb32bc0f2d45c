"""When things happen: the data's range, its season, week and day, and tight counts."""

from __future__ import annotations

import numpy as np

from strate.demo.personas import PERSONAS

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

FIRST_DAY = np.datetime64("2023-01-01", "D")
LAST_DAY = np.datetime64("2025-12-31", "D")
N_DAYS = int((LAST_DAY - FIRST_DAY).astype(int)) + 1
START = int(FIRST_DAY.astype("datetime64[us]").astype(np.int64))
END = START + N_DAYS * DAY  # first moment after the data

_MONTHS = np.array([0.90, 0.80, 0.90, 0.95, 1.00, 0.95, 0.85, 0.80, 0.95, 1.05, 1.70, 1.90])


def _day_weights(weekend: float) -> np.ndarray:
    days = FIRST_DAY + np.arange(N_DAYS)
    month = days.astype("datetime64[M]").astype(int) % 12
    is_weekend = (days.astype(int) + 3) % 7 >= 5  # 1970-01-01 was a Thursday
    return np.concatenate([[0.0], np.cumsum(_MONTHS[month] * np.where(is_weekend, weekend, 1.0))])


def _hour_weights(hours: tuple[int, ...]) -> np.ndarray:
    weights = np.full(24, 0.08)
    weights[1:6] = 0.01
    for hour in hours:
        weights[hour] += 3.0 / len(hours)
        weights[max(hour - 1, 0)] += 0.7 / len(hours)
        weights[min(hour + 1, 23)] += 0.7 / len(hours)
    return np.cumsum(weights) / weights.sum()


_DAY_SUMS = [_day_weights(p.weekend) for p in PERSONAS]
_HOUR_SUMS = [_hour_weights(p.hours) for p in PERSONAS]


def draw_days(rng: np.random.Generator, persona: np.ndarray, low: np.ndarray, high: np.ndarray) -> np.ndarray:
    """Draw a day between two days, both included, by season and weekday.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    persona, low, high : ndarray of shape (n,)
        Index into `PERSONAS`, first and last day allowed, as days after the first day of the data.

    Returns
    -------
    ndarray of shape (n,)
        Days after the first day of the data.
    """
    low = np.clip(low, 0, N_DAYS - 1)
    high = np.clip(high, low, N_DAYS - 1)
    share = rng.random(len(persona))
    days = np.zeros(len(persona), dtype=np.int64)
    for index, sums in enumerate(_DAY_SUMS):
        rows = np.flatnonzero(persona == index)
        if len(rows):
            start, stop = sums[low[rows]], sums[high[rows] + 1]
            found = np.searchsorted(sums, start + share[rows] * (stop - start), side="right") - 1
            days[rows] = np.clip(found, low[rows], high[rows])
    return days


def draw_moments(rng: np.random.Generator, persona: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Draw a moment of each day by the persona's hours.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    persona, days : ndarray of shape (n,)
        Index into `PERSONAS`, and days after the first day of the data.

    Returns
    -------
    ndarray of shape (n,)
        Microseconds since 1970, whole seconds.
    """
    share = rng.random(len(persona))
    hours = np.zeros(len(persona), dtype=np.int64)
    for index, sums in enumerate(_HOUR_SUMS):
        rows = np.flatnonzero(persona == index)
        if len(rows):
            hours[rows] = np.minimum(np.searchsorted(sums, share[rows], side="right"), 23)
    return START + days * DAY + hours * HOUR + rng.integers(0, 3600, len(persona)) * SECOND


def draw_counts(rng: np.random.Generator, typical: np.ndarray, spread: float) -> np.ndarray:
    """Draw whole numbers close to typical values: uniform within a relative spread, rounded by chance.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    typical : ndarray of shape (n,)
        Typical values, not negative.
    spread : float
        Half width of the relative range.

    Returns
    -------
    ndarray of shape (n,)
        Whole numbers.
    """
    value = typical * rng.uniform(1 - spread, 1 + spread, len(typical))
    return np.floor(value + rng.random(len(typical))).astype(np.int64)


def within_groups(counts: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Expand counts to one row each.

    Parameters
    ----------
    counts : ndarray of shape (n,)
        Rows of each group.

    Returns
    -------
    group, position : ndarray of shape (counts.sum(),)
        Index of the group and position within it, from 0.
    """
    group = np.repeat(np.arange(len(counts)), counts)
    starts = np.cumsum(counts) - counts
    return group, np.arange(len(group)) - starts[group]
