"""Thresholds by group that select the same share of every level, and what that costs."""

import math
from collections.abc import Mapping

import numpy as np
import pandas as pd

from strate.bias.suppression import hidden_cells
from strate.disclosure import UNKNOWN

DIGITS = 3


def group_thresholds(
    scores: pd.DataFrame,
    decisions: Mapping[str, Mapping[str, object]],
    groups: list[str],
    *,
    minimum: int,
    min_ratio: float,
) -> pd.DataFrame:
    """Suggest for each level the threshold above which the same share of it is selected as of everybody.

    Parameters
    ----------
    scores : pandas.DataFrame
        One row per customer: `level_<group>` as `with_shown_levels` gives them, and the columns of the decisions. Who
        has no score is never selected.
    decisions : mapping of str to mapping
        For each column that decides, the `share` of customers whom it selects, those with the highest values, and the
        column `quality` of which the selected should have much; without one the column itself.
    groups : list of str
    minimum : int
        Levels of which fewer customers are selected, or are not, are hidden, with as many as it takes that nobody works
        them out. Levels of fewer keep the common threshold.
    min_ratio : float
        Ratio of the least and the highest selection rate of known levels from which there is nothing to mend.

    Returns
    -------
    pandas.DataFrame
        One row per decision, group and level. Thresholds have three significant digits, so that they tell nobody's
        value. The two ratios, the shares of the quality that the selected have, and `kept_share`, the share of those
        selected before who still are, are the same for all levels of a group. `verdict` is

        ==================  ==========================================================================
        `suggested`         the thresholds mend a ratio that was under `min_ratio`
        `already_equal`     it was not under it
        `ties`              it stays under it, as many customers have the same value
        `one_level`         fewer than two known levels are shown
        `no_values`         nobody, or everybody, would be selected
        ==================  ==========================================================================
    """
    rows = [
        _suggest(scores, group, measure, decision, minimum, min_ratio)
        for measure, decision in decisions.items()
        for group in groups
    ]
    return pd.concat(rows, ignore_index=True) if rows and len(scores) else pd.DataFrame()


def _suggest(
    scores: pd.DataFrame, group: str, measure: str, decision: Mapping[str, object], minimum: int, min_ratio: float
) -> pd.DataFrame:
    """Return the rows of one decision and group."""
    values = scores[measure].to_numpy(dtype=float, na_value=np.nan)
    codes, levels = pd.factorize(scores[f"level_{group}"], sort=True)
    sizes = np.bincount(codes, minlength=len(levels))
    common = _threshold(values, round(float(decision["share"]) * len(values)))
    before = values >= common
    rate = before.mean()
    own = np.array(
        [
            _threshold(values[codes == code], round(rate * size)) if size >= minimum else common
            for code, size in enumerate(sizes)
        ]
    )
    after = values >= own[codes]

    counts = [np.bincount(codes[chosen], minlength=len(levels)) for chosen in (before, after)]
    nothing, all_rows = np.empty((0, 2)), np.array([True, True])
    hidden = sizes < minimum
    for chosen in counts:
        hidden |= hidden_cells(np.array([chosen, sizes - chosen]), nothing, all_rows, minimum).any(axis=0)
    compared = ~hidden & (levels != UNKNOWN)
    ratios = [_ratio(chosen[compared] / sizes[compared]) for chosen in counts]
    quality = scores[str(decision.get("quality", measure))].to_numpy(dtype=float, na_value=np.nan)
    total, *captured = (_sum(quality[chosen]) for chosen in (np.full(len(values), True), before, after))
    if not 0 < rate < 1:
        verdict = "no_values"
    elif compared.sum() < 2:
        verdict = "one_level"
    elif ratios[0] >= min_ratio:
        verdict = "already_equal"
    else:
        verdict = "suggested" if ratios[1] >= min_ratio else "ties"
    table = pd.DataFrame(
        {
            "group_level": levels,
            "level_count": sizes.astype(float),
            "own_threshold": own,
            "selected_before": counts[0].astype(float),
            "selected_after": counts[1].astype(float),
            "rate_before": counts[0] / sizes,
            "rate_after": counts[1] / sizes,
        }
    )
    table.loc[hidden, ["selected_before", "selected_after", "rate_before", "rate_after"]] = np.nan
    table.loc[sizes < minimum, "level_count"] = np.nan
    return table.replace(np.inf, np.nan).assign(
        measure=measure,
        group_name=group,
        is_hidden=hidden,
        common_threshold=common if math.isfinite(common) else np.nan,
        ratio_before=ratios[0],
        ratio_after=ratios[1],
        captured_before=captured[0] / total if total > 0 else np.nan,
        captured_after=captured[1] / total if total > 0 else np.nan,
        kept_share=(before & after).sum() / before.sum() if before.any() else np.nan,
        verdict=verdict,
    )


def _threshold(values: np.ndarray, count: int) -> float:
    """Return the number of three significant digits from which on there are nearly so many values; inf for none."""
    known = np.sort(values[~np.isnan(values)])[::-1]
    if count < 1 or not len(known):
        return math.inf
    value = float(known[min(count, len(known)) - 1])
    if value == 0:
        return 0.0
    unit = 10.0 ** (math.floor(math.log10(abs(value))) - DIGITS + 1)
    candidates = [round(step * unit, 12) for step in (math.floor(value / unit), math.ceil(value / unit))]
    return min(candidates, key=lambda candidate: abs((known >= candidate).sum() - count))


def _ratio(rates: np.ndarray) -> float:
    """Return the least rate over the highest; NaN where there are not two, or nobody is selected."""
    return float(rates.min() / rates.max()) if len(rates) > 1 and rates.max() > 0 else math.nan


def _sum(values: np.ndarray) -> float:
    """Return the sum of what is known, the same in whatever order it comes."""
    return float(np.sort(values[~np.isnan(values)]).sum())
