"""Tests of counts, and the correction for many tests at once."""

import numpy as np
from scipy.stats import chi2, false_discovery_control

FALSE_DISCOVERY_RATE = 0.05
"""A finding has a q-value of at most this: of all findings, so large a share is expected to be chance."""


def q_values(p_values: np.ndarray) -> np.ndarray:
    """Return the q-values of all tests together, in the shape of `p_values`; NaN stays NaN and is no test.

    References
    ----------
    Benjamini, Y. and Hochberg, Y. (1995). Controlling the false discovery rate. Journal of the Royal Statistical
    Society B 57(1).
    """
    found = np.full(np.shape(p_values), np.nan)
    is_test = ~np.isnan(p_values)
    if is_test.any():
        found[is_test] = false_discovery_control(p_values[is_test])
    return found


def pearson_test(observed: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """Return Pearson's chi-square of counts against what is expected.

    Parameters
    ----------
    observed, expected : numpy.ndarray of shape (n_rows, n_levels)
        Counts. The degrees of freedom are those of `n_levels` free shares in one row, or of two rows with given sums.

    Returns
    -------
    dict of str to float
        `chi_square`, `degrees_of_freedom` and `p_value`: NaN where there are fewer than two levels, where an expected
        count is under 1, or where more than a fifth of them are under 5.

    References
    ----------
    Cochran, W. (1954). Some methods for strengthening the common chi-square tests. Biometrics 10(4).
    """
    freedom = observed.shape[1] - 1
    if freedom < 1 or expected.min() < 1 or (expected < 5).mean() > 0.2:
        return dict.fromkeys(("chi_square", "degrees_of_freedom", "p_value"), np.nan)
    statistic = float(((observed - expected) ** 2 / expected).sum())
    return {"chi_square": statistic, "degrees_of_freedom": freedom, "p_value": float(chi2.sf(statistic, freedom))}
