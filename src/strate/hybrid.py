"""Hybrid segments: cells of crossed segmentations, the small ones joined to their nearest neighbours."""

import hashlib
import math
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

MOST_DIMENSIONS = 4
MOST_CELLS = 5000
NAMES_IN_A_LIST = 3
VALUES = [f"value_{number}" for number in range(1, MOST_DIMENSIONS + 1)]
KEYS = [f"key_{number}" for number in range(1, MOST_DIMENSIONS + 1)]
NAMES = [f"name_{number}" for number in range(1, MOST_DIMENSIONS + 1)]
RESULT_COLUMNS = [
    *("segmentation", "as_of_date", *VALUES, "customer_count", "cell_name", "segment_key", "segment_name"),
    *("outcome", "reason"),
]


def merge_cells(
    values: np.ndarray, sizes: np.ndarray, profiles: np.ndarray, minimum: int
) -> tuple[np.ndarray, dict[int, tuple[int, float]]]:
    """Join cells until every group has the minimum.

    The smallest group joins its nearest neighbour, again and again. Neighbours are groups with a cell that differs in
    one value from a cell of it; where it has none, all others are. Near is a small distance of the mean profiles; of
    equally near groups the largest, and then the first, is taken.

    Parameters
    ----------
    values : numpy.ndarray of shape (n_cells, n_dimensions)
        What the cells were crossed from; no two rows are equal.
    sizes : numpy.ndarray of int, of shape (n_cells,)
    profiles : numpy.ndarray of float, of shape (n_cells, n_features)
        Means of standardised features; NaN where a cell has no known value. Only features known in both groups count.
    minimum : int
        Customers that each group needs. Where all cells together have fewer, they are one group.

    Returns
    -------
    groups : numpy.ndarray of int, of shape (n_cells,)
        The group of each cell: the number of the group's largest cell, the first of equals.
    moves : dict of int to (int, float)
        For each cell whose group had to join another: the largest cell of that other group then, and the distance
        (root mean square over features, infinite where none is known in both). The first move of a cell counts.
    """
    n_cells = len(sizes)
    known = ~np.isnan(profiles)
    weights = known * sizes[:, None].astype(float)
    sums = np.where(known, profiles, 0.0) * sizes[:, None]
    totals = sizes.astype(np.int64)
    members: dict[int, list[int]] = {cell: [cell] for cell in range(n_cells)}
    difference_counts = np.zeros((n_cells, n_cells), dtype=np.int8)
    for column in values.T:
        _, codes = np.unique(column, return_inverse=True)
        difference_counts += codes[:, None] != codes[None, :]
    neighbours = difference_counts == 1
    moves: dict[int, tuple[int, float]] = {}

    def largest(group: int) -> int:
        return min(members[group], key=lambda cell: (-sizes[cell], cell))

    while len(members) > 1:
        groups = np.array(sorted(members))
        smallest = int(groups[np.argmin(totals[groups])])
        if totals[smallest] >= minimum:
            break
        others = groups[groups != smallest]
        candidates = others[neighbours[smallest, others]] if neighbours[smallest, others].any() else others
        in_both = (weights[candidates] > 0) & (weights[smallest] > 0)
        with np.errstate(invalid="ignore", divide="ignore"):
            differences = sums[candidates] / weights[candidates] - sums[smallest] / weights[smallest]
        counts = in_both.sum(axis=1)
        means = (np.where(in_both, differences, 0.0) ** 2).sum(axis=1) / np.maximum(counts, 1)
        # Rounded, so that the last digits of sums decide nothing.
        distances = np.where(counts > 0, np.sqrt(means), np.inf).round(6)
        place = np.lexsort((candidates, -totals[candidates], distances))[0]
        nearest = int(candidates[place])
        for cell in members[smallest]:
            moves.setdefault(cell, (largest(nearest), float(distances[place])))
        members[nearest] += members.pop(smallest)
        weights[nearest] += weights[smallest]
        sums[nearest] += sums[smallest]
        totals[nearest] += totals[smallest]
        neighbours[nearest] |= neighbours[smallest]
        neighbours[:, nearest] |= neighbours[:, smallest]

    found = np.empty(n_cells, dtype=int)
    for group, cells in members.items():
        found[cells] = largest(group)
    return found, moves


def name_group(cells: Sequence[Sequence[str]]) -> str:
    """Name a group of cells after the names of their values.

    Cells that are all combinations of some values are named by dimension, as in `High value, lapsed or cooling`; others
    one by one, the first three at most, as in `High value, lapsed; Low value, new; and 2 more`.

    Parameters
    ----------
    cells : sequence of sequence of str
        The names of each cell's values, in the order in which they are to be named.
    """
    by_dimension = [list(dict.fromkeys(names)) for names in zip(*cells, strict=True)]
    if math.prod(len(names) for names in by_dimension) == len(cells):
        first, *others = (_join_names(names) for names in by_dimension)
        return ", ".join([first[:1].upper() + first[1:], *(_lower_first(name) for name in others)])
    named = [name_group([cell]) for cell in cells[:NAMES_IN_A_LIST]]
    if len(cells) > NAMES_IN_A_LIST:
        named.append(f"and {len(cells) - NAMES_IN_A_LIST} more")
    return "; ".join(named)


def _join_names(names: Sequence[str]) -> str:
    """Join names with `or`; words that all begin or end with are said once: `High or low value`."""
    words = [name.split() for name in names]
    shortest = min(map(len, words))
    before = 0
    while before < shortest - 1 and len({row[before] for row in words}) == 1:
        before += 1
    after = 0
    while after < shortest - before - 1 and len({row[-1 - after] for row in words}) == 1:
        after += 1
    if len(names) == 1:
        return names[0]
    middles = [" ".join(row[before : len(row) - after]) for row in words]
    joined = " or ".join([middles[0], *(_lower_first(middle) for middle in middles[1:])])
    return " ".join([*words[0][:before], joined, *words[0][len(words[0]) - after :]])


def _lower_first(name: str) -> str:
    """Return a name as it is written within a phrase; one such as VIP, FR or A stays."""
    return name[:1].lower() + name[1:] if name[1:2].islower() else name


def _cell_keys(segmentation: str, parts: np.ndarray) -> list[str]:
    """Return a key per cell; where different values are written alike, with the beginning of their hash."""
    keys = [
        "_".join([segmentation, *(re.sub(r"[^a-z0-9]+", "_", part.lower()).strip("_") for part in row)])
        for row in parts
    ]
    hashes = [hashlib.md5("\x1f".join(row).encode()).hexdigest()[:6] for row in parts]
    return [key if keys.count(key) == 1 else f"{key}_{code}" for key, code in zip(keys, hashes, strict=True)]


def _count(number: int, thing: str) -> str:
    return f"{number:,} {thing}" if number == 1 else f"{number:,} {thing}s"


def fit_hybrids(cells: pd.DataFrame) -> pd.DataFrame:
    """Make segments of the cells of crossed segmentations.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row per crossed segmentation and cell: `segmentation`, `as_of_date`, `value_1` to `value_4` (empty text
        beyond the last dimension), `key_1` to `key_4` and `name_1` to `name_4` (what keys and names are made of),
        `customer_count`, `min_size` (customers that each segment needs) and `mean_<feature>` columns: means of
        standardised features, null where a cell has no known value.

    Returns
    -------
    pandas.DataFrame
        One row per cell: its values, count and name, the segment that it went to and that segment's name, the `outcome`
        (`kept`: a segment by itself; `took_others_in`: its segment has smaller cells too; `joined`: it went to another
        cell's segment; `one_segment`: all cells together are one) and the reason in a sentence.

    Raises
    ------
    ValueError
        If a segmentation has more than 5,000 cells.
    """
    cells = cells.sort_values(["segmentation", *VALUES], ignore_index=True)
    parts = [
        _fit_hybrid(str(segmentation), rows.reset_index(drop=True))
        for segmentation, rows in cells.groupby("segmentation", sort=True)
    ]
    if not parts:
        return pd.DataFrame({column: pd.Series(dtype=cells.dtypes.get(column, object)) for column in RESULT_COLUMNS})
    return pd.concat(parts, ignore_index=True)[RESULT_COLUMNS]


def _fit_hybrid(segmentation: str, cells: pd.DataFrame) -> pd.DataFrame:
    if len(cells) > MOST_CELLS:
        raise ValueError(
            f"hybrid segmentation `{segmentation}` has {len(cells):,} cells, more than {MOST_CELLS:,}: cross fewer "
            "dimensions, make fewer bands, or leave out columns with many values."
        )
    used = [number for number, column in enumerate(VALUES) if (cells[column] != "").any()]
    values = cells[[VALUES[number] for number in used]].to_numpy(dtype=str)
    names = cells[[NAMES[number] for number in used]].to_numpy(dtype=str).tolist()
    sizes = cells["customer_count"].to_numpy(dtype=np.int64)
    profiles = cells[[column for column in cells if column.startswith("mean_")]].to_numpy(dtype=float)
    minimum = int(cells["min_size"].iloc[0])
    groups, moves = merge_cells(values, sizes, profiles, minimum)

    keys = _cell_keys(segmentation, cells[[KEYS[number] for number in used]].to_numpy(dtype=str))
    cell_names = [name_group([cell]) for cell in names]
    segment_names, outcomes, reasons = {}, [], []
    for group in sorted(set(groups)):
        by_size = sorted(np.flatnonzero(groups == group), key=lambda cell: (-sizes[cell], cell))
        segment_names[group] = name_group([names[cell] for cell in by_size])
    for cell, group in enumerate(groups):
        n_cells = int((groups == group).sum())
        count = _count(sizes[cell], "customer")
        if len(cells) == 1:
            outcome, reason = "one_segment", f"{count}; there is no other cell"
        elif len(set(groups)) == 1:
            outcome, reason = "one_segment", f"{count}; the cells are too few or too small for two of {minimum:,}"
        elif n_cells == 1:
            outcome, reason = "kept", count
        elif cell == group:
            outcome, reason = "took_others_in", f"{count}; {_count(n_cells - 1, 'smaller cell')} joined it"
        else:
            target, distance = moves.get(cell, (group, np.nan))
            outcome, reason = "joined", f"{count}, fewer than {minimum:,}: with {cell_names[target]}"
            if np.isfinite(distance):
                reason += f", {distance:.2f} standard deviations away"
        outcomes.append(outcome)
        reasons.append(reason)
    return cells.assign(
        cell_name=cell_names,
        segment_key=[keys[group] for group in groups],
        segment_name=[segment_names[group] for group in groups],
        outcome=outcomes,
        reason=reasons,
    )
