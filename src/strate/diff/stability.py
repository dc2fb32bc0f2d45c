"""How far a column's distribution lies from what it was: the population stability index."""

import numpy as np

GROUPS = 10
LEAST_COUNT = 0.5


def stability_index(base: np.ndarray, head: np.ndarray) -> float:
    """Return the population stability index of numbers.

    Parameters
    ----------
    base, head : numpy.ndarray of float, of shapes (n_base,) and (n_head,)
        NaN for unknown, which is a group of its own.

    Returns
    -------
    float
        0 for equal distributions, NaN where either is empty. Groups end at the tenths of base. A group that is empty on
        one side counts half a row there, so that the index stays finite.

    References
    ----------
    Siddiqi, N. (2006). Credit risk scorecards: under 0.1 little has changed, over 0.25 much.
    """
    known = base[~np.isnan(base)]
    edges = np.unique(np.quantile(known, np.arange(1, GROUPS) / GROUPS)) if len(known) else np.empty(0)
    counts = []
    for values in (base, head):
        is_known = ~np.isnan(values)
        groups = np.searchsorted(edges, values[is_known], side="left")
        counts.append([*np.bincount(groups, minlength=len(edges) + 1), len(values) - is_known.sum()])
    return index_of_counts(*map(np.array, counts))


def index_of_counts(base: np.ndarray, head: np.ndarray) -> float:
    """Return the population stability index of counts by group, both of shape (n_groups,)."""
    if not base.sum() or not head.sum():
        return float("nan")
    is_used = (base > 0) | (head > 0)
    shares = [np.maximum(counts[is_used], LEAST_COUNT) / counts.sum() for counts in (base, head)]
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())
