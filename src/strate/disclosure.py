"""Small groups stay hidden, also from whoever subtracts the others from the total."""

import numpy as np

from strate.checks import check_integer

UNKNOWN = "unknown"
"""The level of whom no level is known: it may be shown, as it is what the group's own column misses."""


def hidden_levels(counts: np.ndarray, minimum: int) -> np.ndarray:
    """Say which levels of one group must not be shown, where the total of all is.

    A level under the minimum is hidden. One hidden level alone would be the total less the others, and so would the sum
    of several, so the next smallest are hidden too, until there are two or more that together have the minimum.

    Parameters
    ----------
    counts : numpy.ndarray of int, of shape (n_levels,)
        Customers of each level. A level that has none is not there, and is shown.
    minimum : int
        Least customers that a level must have to be shown; 0 and 1 hide nothing.

    Returns
    -------
    numpy.ndarray of bool, of shape (n_levels,)

    References
    ----------
    Hundepool, A. et al. (2012). Statistical Disclosure Control. Wiley. Chapter 4: primary and secondary suppression.
    """
    check_integer("minimum", minimum, 0)
    counts = np.asarray(counts)
    hidden = (counts > 0) & (counts < minimum)
    if hidden.any():
        for level in np.argsort(counts, kind="stable"):
            if hidden.sum() >= 2 and counts[hidden].sum() >= minimum:
                break
            hidden[level] |= counts[level] > 0
    return hidden
