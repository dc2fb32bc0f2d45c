"""Weights that make customers like a reference population, by raking."""

import math
from itertools import product

import numpy as np
import pandas as pd

from strate.disclosure import UNKNOWN

MOST_CELLS = 10_000
MOST_ROUNDS = 500
TOLERANCE = 1e-6
NEAR_ENOUGH = 0.005


def rake(
    counts: np.ndarray, codes: np.ndarray, targets: list[np.ndarray], max_weight: float
) -> tuple[np.ndarray, float]:
    """Return the weight of each cell, so that weighted margins are the targets.

    Parameters
    ----------
    counts : numpy.ndarray of float, of shape (n_cells,)
        Customers of each cell; cells without any get the weight that customers there would have.
    codes : numpy.ndarray of int, of shape (n_cells, n_groups)
        The level of each cell in each group.
    targets : list of numpy.ndarray of float
        For each group what the weighted customers of each level add up to; NaN for a level without a target.
    max_weight : float
        Weights are from 1 / max_weight to max_weight.

    Returns
    -------
    weights : numpy.ndarray of shape (n_cells,)
    gap : float
        How far the share of any level is from its target, at most; 0 to 1. Above 0 where weights came to the limit, or
        no weights meet all targets.

    References
    ----------
    Deming, W. E. and Stephan, F. F. (1940). On a least squares adjustment of a sampled frequency table when the
    expected marginal totals are known. Annals of Mathematical Statistics 11(4).
    """
    weights = np.ones(len(counts))
    gap = math.inf
    for _ in range(MOST_ROUNDS):
        for group, target in enumerate(targets):
            weights *= _factors(weights * counts, codes[:, group], target)[codes[:, group]]
        weights *= counts.sum() / (weights * counts).sum()
        weights = np.clip(weights, 1 / max_weight, max_weight)
        before, gap = gap, _gap(weights * counts, codes, targets)
        if gap < TOLERANCE or abs(before - gap) < 1e-12:
            break
    return weights, gap


def weight_cells(
    cells: pd.DataFrame, reference: dict[str, pd.Series], groups: list[str], *, max_weight: float, minimum: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Weight customers by their levels, and say what that does to the segments.

    Levels that are unknown, or not in the population, keep the share that they have.

    Parameters
    ----------
    cells : pandas.DataFrame
        See `report_bias`; levels as they are, null for unknown.
    reference : dict of str to pandas.Series
        From `check_reference`.
    groups : list of str
    max_weight : float
        See `rake`.
    minimum : int
        The weighted share of a segment is rounded to a power of ten that is at least so many customers: by finer ones
        hidden cells could be worked out.

    Returns
    -------
    weights : pandas.DataFrame
        One row per combination of levels that could be, `level_<group>` and `weight`. Its mean over customers is 1, but
        for what the limit cuts off. No rows where there are more than 10,000 combinations.
    segments : pandas.DataFrame
        One row per segment: `share` and `weighted_share` of all customers who are in the segmentation, and for all the
        same the `effective_count` (Kish), `design_effect`, `largest_gap` and `verdict`:

        ==================  =========================================================================
        `balanced`          all levels have the population's share, within half a percent
        `limited`           they have not, because of `max_weight` or since a level has no customers
        `too_many_cells`    there are no weights
        ==================  =========================================================================

    References
    ----------
    Kish, L. (1965). Survey Sampling. Wiley. Section 11.7: the loss by weights.
    """
    if not reference or cells.empty:
        return pd.DataFrame(), pd.DataFrame()
    columns = [f"level_{group}" for group in groups]
    known = cells.assign(**{name: cells[name].astype(object).where(cells[name].notna(), UNKNOWN) for name in columns})
    levels = [sorted(set(known[name]) | {UNKNOWN}) for name in columns]
    if math.prod(map(len, levels)) > MOST_CELLS:
        shares = _segment_shares(known, np.ones(len(known)), minimum)
        return pd.DataFrame(), shares.assign(weighted_share=np.nan, verdict="too_many_cells")
    every = pd.DataFrame(product(*levels), columns=columns)
    counts = every.merge(known.groupby(columns)["customer_count"].sum().reset_index(), how="left", on=columns)
    counts = counts["customer_count"].fillna(0).to_numpy(dtype=float)
    codes = np.column_stack(
        [every[name].map({x: n for n, x in enumerate(names)}) for name, names in zip(columns, levels, strict=True)]
    )
    targets, lost = [], 0.0
    for position, (group, names) in enumerate(zip(groups, levels, strict=True)):
        sizes = np.bincount(codes[:, position], counts, minlength=len(names))
        shares = reference.get(group, pd.Series(dtype=float)).reindex(names).to_numpy(dtype=float)
        has_target = ~np.isnan(shares) & (sizes > 0) & (np.array(names) != UNKNOWN)
        if group in reference:
            lost = max(lost, 1 - shares[has_target].sum())
        shares = np.where(has_target, shares, np.nan)
        targets.append(shares / max(np.nansum(shares), 1e-12) * sizes[has_target].sum())
    weights, gap = rake(counts, codes, targets, max_weight)
    of_cells = known[columns].merge(every.assign(weight=weights), how="left", on=columns)["weight"].to_numpy()
    weight_sum, square_sum = (weights * counts).sum(), (weights**2 * counts).sum()
    facts = {
        "effective_count": weight_sum**2 / square_sum,
        "design_effect": counts.sum() * square_sum / weight_sum**2,
        "largest_gap": max(gap, lost),
        "verdict": "balanced" if max(gap, lost) <= NEAR_ENOUGH else "limited",
    }
    return every.assign(weight=weights), _segment_shares(known, of_cells, minimum).assign(**facts)


def _factors(sizes: np.ndarray, codes: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return by what the weights of each level are multiplied to meet the target."""
    sums = np.bincount(codes, sizes, minlength=len(target))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(np.isnan(target) | (sums == 0), 1.0, target / sums)


def _gap(sizes: np.ndarray, codes: np.ndarray, targets: list[np.ndarray]) -> float:
    """Return the largest difference of a level's share from its target, among those that have one."""
    largest = 0.0
    for group, target in enumerate(targets):
        has_target = ~np.isnan(target)
        if has_target.any() and np.nansum(target) > 0:
            sums = np.bincount(codes[:, group], sizes, minlength=len(target))[has_target]
            shares = target[has_target] / target[has_target].sum()
            largest = max(largest, float(np.abs(sums / sums.sum() - shares).max()))
    return largest


def _segment_shares(cells: pd.DataFrame, weights: np.ndarray, minimum: int) -> pd.DataFrame:
    """Return the share of each segment before and after, rounded so that it tells of no few."""
    counts = cells["customer_count"].to_numpy(dtype=float)
    decimals = max(math.floor(math.log10(max(counts.sum() / max(minimum, 1), 1))), 0)
    rows = []
    for name in sorted(column for column in cells if column.startswith("segment_")):
        sums = (
            pd.DataFrame({"key": cells[name], "share": counts, "weighted_share": counts * weights}).groupby("key").sum()
        )
        shares = (sums / sums.sum()).reset_index(names="segment_key")
        shares["weighted_share"] = shares["weighted_share"].round(decimals)
        rows.append(shares.assign(segmentation=name.removeprefix("segment_")))
    return pd.concat(rows, ignore_index=True)
