"""How improbable a figure is: exact for small counts, scaled by measured noise, with measured tails."""

import numpy as np
from scipy.special import betainc
from scipy.stats import norm

_STEP, _MOST = 0.02, 12.0
_NEAR, _FAR = 0.02, 0.005
"""The tail is measured between the quantiles that so large a share of scores exceeds."""


def rate_scores(observed: np.ndarray, expected: np.ndarray, weight: np.ndarray, noise: np.ndarray) -> np.ndarray:
    """Return how many standard deviations of a normal variable each count lies above what is expected, or below.

    The count of a window is compared with that of the baseline: given their sum, that of the window is binomial, which
    holds for the smallest counts and takes in that the baseline is itself a draw. Counts that scatter more than
    Poisson's are divided by their dispersion first.

    Parameters
    ----------
    observed, expected : numpy.ndarray
        Sums over the window.
    weight : numpy.ndarray
        How many times as much the baseline holds as the window.
    noise : numpy.ndarray
        Variance of the sum over its expectation; 1 for Poisson's.

    Returns
    -------
    numpy.ndarray
        Scores; NaN where something is unknown.

    References
    ----------
    Przyborowski, J. and Wilenski, H. (1940). Homogeneity of results in testing samples from Poisson series.
    Biometrika 31.
    """
    seen, base, share = observed / noise, weight * expected / noise, 1 / (1 + weight)
    with np.errstate(invalid="ignore", divide="ignore"):
        rise = betainc(np.maximum(seen, 1e-12), base + 1, share)
        fall = betainc(base, seen + 1, 1 - share)
        score = np.where(rise < fall, norm.isf(rise), -norm.isf(fall))
        # Where both tails hold more than a half, as around a small expectation, nothing is odd.
        score = np.where((rise > 0.5) & (fall > 0.5), 0.0, score)
    return np.clip(score, -_MOST, _MOST)


class Tail:
    """Improbability of scores, by how often such were seen.

    Days are neither normal nor independent, so beyond what is often seen the tail is an exponential through two
    measured quantiles: longer than the normal's, and longer still where days are wild.

    Parameters
    ----------
    n_groups : int
        Groups of series that share a tail.
    """

    def __init__(self, n_groups: int) -> None:
        self._bins = round(_MOST / _STEP) + 1
        edges = np.arange(self._bins) * _STEP
        # As if a normal variable had been seen so often already.
        start = 2 * (norm.sf(edges) - norm.sf(edges + _STEP)) * 500
        self.counts = np.tile(start, (n_groups, 1))

    def learn(self, group: np.ndarray, score: np.ndarray) -> None:
        """Count the scores of a day, of shape (n_series,); NaN is none."""
        is_score = ~np.isnan(score)
        place = group[is_score] * self._bins + (np.abs(score[is_score]) / _STEP).astype(int)
        self.counts += np.bincount(place, minlength=self.counts.size).reshape(self.counts.shape)

    def quantiles(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the near and the far quantile of absolute scores, each at least the normal's; of shape (n_groups,)."""
        beyond = 1 - np.cumsum(self.counts, axis=1) / self.counts.sum(axis=1, keepdims=True)
        near, far = ((beyond > share).sum(axis=1) * _STEP for share in (_NEAR, _FAR))
        near = np.maximum(near, norm.isf(_NEAR / 2))
        return near, np.maximum(far, near + norm.isf(_FAR / 2) - norm.isf(_NEAR / 2))

    def p_values(self, group: np.ndarray, score: np.ndarray) -> np.ndarray:
        """Return two-sided p-values of scores; NaN stays."""
        near, far = (quantile[group] for quantile in self.quantiles())
        size = np.abs(score)
        tail = _NEAR * np.exp(-(size - near) * np.log(_NEAR / _FAR) / (far - near))
        body = 2 * norm.sf(size * norm.isf(_NEAR / 2) / near)
        return np.where(np.isnan(size), np.nan, np.where(size > near, tail, body))

    def scores_at(self, group: np.ndarray, p_value: float) -> np.ndarray:
        """Return the score whose p-value is `p_value`, which lies in the tail."""
        near, far = (quantile[group] for quantile in self.quantiles())
        return near + (far - near) * np.log(_NEAR / p_value) / np.log(_NEAR / _FAR)
