"""Intervals and tests of shares, of ratios of shares and of differences of means: all of 95 %, all on arrays."""

import numpy as np
from scipy.stats import norm, t

LEVEL = 0.95
Z = float(norm.ppf(0.5 + LEVEL / 2))


def share_interval(counts: np.ndarray, totals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Wilson's interval of shares; NaN where a total is 0.

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the American
    Statistical Association 22(158).
    """
    counts, totals = np.asarray(counts, dtype=float), np.asarray(totals, dtype=float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = counts / totals
        centre = (share + Z**2 / (2 * totals)) / (1 + Z**2 / totals)
        spread = Z / (1 + Z**2 / totals) * np.sqrt(share * (1 - share) / totals + Z**2 / (4 * totals**2))
    return np.where(counts == 0, 0.0, centre - spread), np.where(counts == totals, 1.0, centre + spread)


def ratio_interval(
    counts: np.ndarray, totals: np.ndarray, reference_counts: np.ndarray, reference_totals: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the interval of the ratio of two independent shares, from the Wilson intervals of both.

    The reference shares are above 0. A share of 0 has an interval too.

    References
    ----------
    Donner, A. and Zou, G. Y. (2012). Closed-form confidence intervals for functions of the normal mean and standard
    deviation. Statistical Methods in Medical Research 21(4): the method of variance estimates recovery, for ratios.
    """
    low_1, high_1 = share_interval(counts, totals)
    low_2, high_2 = share_interval(reference_counts, reference_totals)
    share_1, share_2 = counts / totals, reference_counts / reference_totals
    product = share_1 * share_2
    for_low = np.sqrt(np.maximum(product**2 - low_1 * high_2 * (2 * share_1 - low_1) * (2 * share_2 - high_2), 0))
    for_high = np.sqrt(np.maximum(product**2 - high_1 * low_2 * (2 * share_1 - high_1) * (2 * share_2 - low_2), 0))
    with np.errstate(divide="ignore", invalid="ignore"):
        low = low_1 * (2 * share_1 - low_1) / (product + for_low)
        high = (product + for_high) / (low_2 * (2 * share_2 - low_2))
    return np.where(product == 0, 0.0, low), high


def equal_shares_p_value(
    counts: np.ndarray, totals: np.ndarray, reference_counts: np.ndarray, reference_totals: np.ndarray
) -> np.ndarray:
    """Return Pearson's p-value of two equal shares; NaN where fewer than five are expected in a cell (Cochran 1954)."""
    share = (counts + reference_counts) / (totals + reference_totals)
    smaller = np.minimum(totals, reference_totals)
    enough = (smaller * share >= 5) & (smaller * (1 - share) >= 5)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.sqrt(share * (1 - share) * (1 / totals + 1 / reference_totals))
        z = (counts / totals - reference_counts / reference_totals) / error
    return np.where(enough, 2 * norm.sf(np.abs(z)), np.nan)


def mean_interval(mean: np.ndarray, variance: np.ndarray, count: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Student's interval of means; NaN where there are fewer than two values."""
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = t.ppf(0.5 + LEVEL / 2, np.where(count > 1, count - 1, np.nan)) * np.sqrt(variance / count)
    return mean - spread, mean + spread


def difference_of_means(
    mean: np.ndarray,
    variance: np.ndarray,
    count: np.ndarray,
    other_mean: np.ndarray,
    other_variance: np.ndarray,
    other_count: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return the difference of two means, its interval and its p-value (Welch 1947); NaN where one has no variance."""
    with np.errstate(divide="ignore", invalid="ignore"):
        first, second = variance / count, other_variance / other_count
        error = np.sqrt(first + second)
        freedom = (first + second) ** 2 / (first**2 / (count - 1) + second**2 / (other_count - 1))
        difference = mean - other_mean
        spread = t.ppf(0.5 + LEVEL / 2, freedom) * error
        p_value = 2 * t.sf(np.abs(difference / error), freedom)
    return difference, difference - spread, difference + spread, p_value
