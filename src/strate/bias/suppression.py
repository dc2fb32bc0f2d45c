"""Which cells of segments by levels stay hidden, so that nobody works out a small one from those that are shown."""

import numpy as np
from scipy.optimize import linprog
from scipy.sparse import csr_array, hstack, identity, kron, vstack

from strate.checks import check_integer

TOLERANCE = 1e-7
MOST_SECRETS = 300


def segment_relations(memberships: np.ndarray) -> np.ndarray:
    """Return every linear relation that holds among segments, whoever is counted.

    Segments of one segmentation add up to as many as those of another, and a segment of a cross may be part of one that
    was crossed: all such sums are here.

    Parameters
    ----------
    memberships : numpy.ndarray of bool, of shape (n_patterns, n_segments)
        Which segments a customer can be in at once, one row per pattern.

    Returns
    -------
    numpy.ndarray of float, of shape (n_relations, n_segments)
        Coefficients of sums that are 0; linearly independent, and most of them 0.
    """
    # What is orthogonal to all patterns is so to their overlaps, which are few. Gauss-Jordan keeps coefficients sparse.
    rows = memberships.T.astype(float) @ memberships
    pivots = []
    for column in range(rows.shape[1]):
        free = np.setdiff1d(np.arange(len(rows)), pivots)
        row = free[np.abs(rows[free, column]).argmax()] if len(free) else 0
        if not len(free) or abs(rows[row, column]) < 1e-9 * len(memberships):
            continue
        rows[row] /= rows[row, column]
        others = np.arange(len(rows)) != row
        rows[others] -= np.outer(rows[others, column], rows[row])
        pivots.append(int(row))
    leading = [int(np.flatnonzero(np.abs(rows[row]) > 1e-6)[0]) for row in pivots]
    rest = [column for column in range(rows.shape[1]) if column not in leading]
    relations = np.zeros((len(rest), rows.shape[1]))
    for number, column in enumerate(rest):
        relations[number, column] = 1
        relations[number, leading] = -rows[pivots, column]
    relations[np.abs(relations) < 1e-6] = 0
    return relations


def hidden_cells(counts: np.ndarray, relations: np.ndarray, partition: np.ndarray, minimum: int) -> np.ndarray:
    """Say which cells must not be shown where the sizes of segments and of levels are known.

    Counts under the minimum are hidden; where they are more than 300, or the solver gives up, everything is. For each
    of them further cells are hidden, as few and as small as may be, until what is shown agrees with another table in
    which the cell has the minimum, or as much as it can have where everything but zeros is hidden. So no sum or
    difference of what is shown gives the cell, nor says that it is small.

    Parameters
    ----------
    counts : numpy.ndarray of int, of shape (n_segments, n_levels)
        Customers in each segment and level. Zeros are shown.
    relations : numpy.ndarray of float, of shape (n_relations, n_segments)
        From `segment_relations`.
    partition : numpy.ndarray of bool, of shape (n_segments,)
        Segments that each customer is in exactly one of.
    minimum : int
        Least customers that a cell must have to be shown; 0 and 1 hide nothing.

    Returns
    -------
    numpy.ndarray of bool, of shape (n_segments, n_levels)

    References
    ----------
    Fischetti, M. and Salazar, J. (2001). Solving the cell suppression problem on tabular data with linear constraints.
    Management Science 47(7).
    """
    check_integer("minimum", minimum, 0)
    hidden = (counts > 0) & (counts < minimum)
    secrets = np.argwhere(hidden)
    if not len(secrets):
        return hidden
    if len(secrets) > MOST_SECRETS:
        return np.ones_like(hidden)
    system = _equations(relations, partition, counts.shape)
    is_protected = np.zeros(counts.shape, dtype=bool)
    for segment, level in secrets[np.argsort(counts[hidden], kind="stable")]:
        if is_protected[segment, level]:
            continue
        change = _other_table(counts, hidden, system, (segment, level), minimum)
        if change is None:
            return np.ones_like(hidden)
        hidden |= np.abs(change) > TOLERANCE
        is_protected |= hidden & (counts + change > minimum - TOLERANCE)
    return hidden


def _equations(relations: np.ndarray, partition: np.ndarray, shape: tuple[int, int]) -> csr_array:
    """Return what a change of cells must keep, one row per equation: sizes of segments and levels, relations."""
    n_segments, n_levels = shape
    sizes = kron(identity(n_segments), np.ones((1, n_levels)))
    sums = np.vstack([partition.astype(float), relations])
    return csr_array(vstack([sizes, kron(csr_array(sums), identity(n_levels))]))


def _other_table(
    counts: np.ndarray, hidden: np.ndarray, system: csr_array, cell: tuple[int, int], minimum: int
) -> np.ndarray | None:
    """Return the change to another table that raises a cell most, up to the minimum, and changes little that is shown.

    A cell that cannot rise is lowered, by one at most. Cells that are not zero stay at one or more, as a reader knows
    that zeros are shown. None where the solver gives up, as on numbers of very different size.
    """
    room = np.maximum(counts - 1, 0).ravel().astype(float)
    ceiling = np.where(counts.ravel() > 0, np.inf, 0.0)
    price = np.where(hidden, 1e-3, 1 + counts / max(counts.sum(), 1)).ravel()
    position = np.ravel_multi_index(cell, counts.shape)
    both = hstack([system, -system])
    for goal, limit in ((1, minimum - counts[cell]), (-1, 1)):
        # Rises and falls apart, so that both have a price. What the cell itself gains outweighs any price.
        cost = np.concatenate([price, price])
        rises, falls = ceiling.copy(), room.copy()
        gain, loss = (position, len(room) + position) if goal > 0 else (len(room) + position, position)
        cost[gain] = -1e4
        bounds = np.concatenate([rises, falls])
        bounds[gain] = min(limit, bounds[gain])
        bounds[loss] = 0
        found = linprog(
            cost, A_eq=both, b_eq=np.zeros(both.shape[0]), bounds=np.column_stack([np.zeros(len(bounds)), bounds])
        )
        if found.status != 0:
            return None
        change = (found.x[: len(room)] - found.x[len(room) :]).reshape(counts.shape)
        if abs(change[cell]) > TOLERANCE:
            return change
    return np.zeros(counts.shape)
