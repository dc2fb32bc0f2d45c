"""Seeded draws of rows."""

import numpy as np


def draw_rows(n_rows: int, size: int, seed: int) -> np.ndarray:
    """Draw at most `size` row numbers without replacement.

    Parameters
    ----------
    n_rows, size : int
    seed : int
        0 to 2^32 - 1.

    Returns
    -------
    numpy.ndarray of int
        Ascending; all rows where there are no more than `size`.
    """
    if n_rows <= size:
        return np.arange(n_rows)
    stream = np.random.RandomState(seed)  # its stream is frozen across numpy releases; Generator's is not
    return np.sort(stream.permutation(n_rows)[:size])
