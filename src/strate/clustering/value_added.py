"""What segments tell about an outcome such as revenue, of customers who were not looked at."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from strate.checks import check_integer


@dataclass(frozen=True)
class ValueAdded:
    """Share of an outcome's variance that segments explain out of sample.

    Attributes
    ----------
    r_squared : float
        On ranks of the outcome. 1 is perfect, 0 nothing; under 0 where segment means predict worse than
        everybody's mean. NaN unless `status` is `measured`.
    r_squared_raw : float
        The same in the outcome's own unit, where a few giants decide.
    segments : pandas.DataFrame
        One row per cluster from 1: `cluster`, `neighbour` (that it is merged into), `n_rows`,
        `outcome_mean` in the outcome's unit, and `adds`, `adds_raw`: how much of the two figures above is
        lost when the cluster is merged into its neighbour. Empty unless `status` is `measured`.
    n_rows, n_missing : int
        Rows used, and rows left out because the outcome is NaN.
    status : str
        `measured`, `too_few_rows` (fewer than folds), `constant_outcome` or `too_few_segments` (under two).
    """

    r_squared: float
    r_squared_raw: float
    segments: pd.DataFrame
    n_rows: int
    n_missing: int
    status: str


def value_added(
    labels: np.ndarray,
    outcome: np.ndarray,
    *,
    n_folds: int = 5,
    seed: int = 7,
    neighbours: Mapping[int, int] | None = None,
) -> ValueAdded:
    """Predict an outcome by its segment's mean, learned on the other folds.

    Ranks come first because revenue has a heavy tail: in euros, the fold that holds the largest customer
    decides, and the figure is noise. Ranks need no unit, bear zeros and negative values, and ask what a
    marketer asks: who is worth more than whom. Both scales are given.

    Revenue of the period in which the segments were made is often one of their features, and then it is
    explained by construction. Revenue of the next period is the test.

    What a cluster adds depends on the cluster it would otherwise be merged into. Without `neighbours` that
    is the one of the closest mean rank, for which the loss is least, so that no cluster looks better than it is.

    Noise (0) is a group like the others, for its customers are a segment too, but it has no row of its own,
    and a cluster is merged into it only where there is no other.

    Parameters
    ----------
    labels : numpy.ndarray of int, of shape (n_rows,)
    outcome : numpy.ndarray of float, of shape (n_rows,)
        NaN where it is not known; such rows are left out and counted.
    n_folds : int
        At least 2.
    seed : int
        Of the folds.
    neighbours : mapping of int to int, optional
        For each cluster the one it would be merged into, such as that of the nearest centroid. A cluster
        without an entry, or whose neighbour has no known outcome, takes the closest mean rank.

    Returns
    -------
    ValueAdded

    Raises
    ------
    ValueError
        If an argument is not legal or an outcome is infinite.
    """
    check_integer("n_folds", n_folds, 2)
    outcome = np.asarray(outcome, dtype="float64")
    if outcome.shape != labels.shape or np.isinf(outcome).any():
        raise ValueError(f"outcome must have one number, not infinite, for each of the {len(labels)} rows.")
    is_known = ~np.isnan(outcome)
    outcome, labels = outcome[is_known], labels[is_known]
    clusters, codes = np.unique(labels, return_inverse=True)
    status = _status(outcome, clusters, n_folds)
    n_missing = int((~is_known).sum())
    if status != "measured":
        columns = ["cluster", "neighbour", "n_rows", "outcome_mean", "adds", "adds_raw"]
        return ValueAdded(np.nan, np.nan, pd.DataFrame(columns=columns), len(outcome), n_missing, status)

    folds = np.empty(len(outcome), dtype="int64")
    folds[np.random.RandomState(seed).permutation(len(outcome))] = np.arange(len(outcome)) % n_folds
    ranks = _FoldSums.of(rankdata(outcome), codes, folds, n_folds)
    raw = _FoldSums.of(outcome, codes, folds, n_folds)
    sizes = np.bincount(codes)
    rank_means = ranks.sums.sum(axis=1) / sizes
    rows = []
    for i in np.flatnonzero(clusters > 0):
        j = _neighbour(i, clusters, rank_means, neighbours or {})
        rows.append(
            {
                "cluster": int(clusters[i]),
                "neighbour": int(clusters[j]),
                "n_rows": int(sizes[i]),
                "outcome_mean": float(outcome[codes == i].mean()),
                "adds": ranks.r_squared() - ranks.merge(i, j).r_squared(),
                "adds_raw": raw.r_squared() - raw.merge(i, j).r_squared(),
            }
        )
    return ValueAdded(ranks.r_squared(), raw.r_squared(), pd.DataFrame(rows), len(outcome), n_missing, status)


def _status(outcome: np.ndarray, clusters: np.ndarray, n_folds: int) -> str:
    """Tell whether the value can be measured, else why not."""
    if len(outcome) < n_folds:
        return "too_few_rows"
    if outcome.min() == outcome.max():
        return "constant_outcome"
    return "measured" if len(clusters) > 1 else "too_few_segments"


def _neighbour(i: int, clusters: np.ndarray, means: np.ndarray, neighbours: Mapping[int, int]) -> int:
    """Return the position of the group that the cluster at position `i` is merged into."""
    others = [j for j in range(len(clusters)) if j != i]
    named = [j for j in others if clusters[j] == neighbours.get(int(clusters[i]))]
    candidates = named or [j for j in others if clusters[j] > 0] or others
    return min(candidates, key=lambda j: (abs(means[j] - means[i]), j))


@dataclass(frozen=True)
class _FoldSums:
    """Counts, sums and sums of squares of an outcome by group and fold, each of shape (n_groups, n_folds)."""

    counts: np.ndarray
    sums: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, outcome: np.ndarray, codes: np.ndarray, folds: np.ndarray, n_folds: int) -> "_FoldSums":
        scaled = outcome / np.abs(outcome).max()  # so that sums and squares stay finite
        centered = scaled - scaled.mean()
        cells, shape = codes * n_folds + folds, (int(codes.max()) + 1, n_folds)
        return cls(
            *(
                np.bincount(cells, weights=weights, minlength=shape[0] * n_folds).reshape(shape)
                for weights in (np.ones(len(centered)), centered, centered**2)
            )
        )

    def merge(self, one: int, other: int) -> "_FoldSums":
        """Return the sums with one group added to the other."""
        merged = []
        for table in (self.counts, self.sums, self.squares):
            table = table.copy()
            table[other] += table[one]
            merged.append(np.delete(table, one, axis=0))
        return _FoldSums(*merged)

    def r_squared(self) -> float:
        """Return 1 less the squared error of group means over that of the mean, both learned on the other folds."""
        everybody = _FoldSums(*(table.sum(axis=0, keepdims=True) for table in (self.counts, self.sums, self.squares)))
        mean = everybody._means_of_other_folds(0.0)
        return float(1 - self._squared_error(self._means_of_other_folds(mean)) / everybody._squared_error(mean))

    def _means_of_other_folds(self, fallback: np.ndarray | float) -> np.ndarray:
        """Return the mean of each group over all folds but one; `fallback` where no row is in them."""
        counts = self.counts.sum(axis=1, keepdims=True) - self.counts
        sums = self.sums.sum(axis=1, keepdims=True) - self.sums
        return np.where(counts > 0, sums / np.maximum(counts, 1), fallback)

    def _squared_error(self, means: np.ndarray) -> float:
        """Return the sum of squared errors of predictions by group and fold."""
        return float((self.squares - 2 * means * self.sums + means**2 * self.counts).sum())
