"""How groups differ in a measure, such as revenue or a score."""

import numpy as np
import pandas as pd

from strate.bias.intervals import difference_of_means, mean_interval
from strate.disclosure import hidden_levels
from strate.significance import FALSE_DISCOVERY_RATE, q_values

LEAST_EFFECT = 0.2


def group_means(cells: pd.DataFrame, groups: list[str], measures: list[str], *, minimum: int) -> pd.DataFrame:
    """Compare the mean of each measure in each level of a group with the mean of everybody else.

    Parameters
    ----------
    cells : pandas.DataFrame
        For each group `level_<group>` as `with_shown_levels` gives them, and for each measure `<measure>_known`
        (customers who have it), `<measure>_sum` and `<measure>_square_sum`.
    groups, measures : list of str
    minimum : int
        Means of fewer customers are hidden, and with them as many as it takes that nobody finds theirs by subtraction.

    Returns
    -------
    pandas.DataFrame
        One row per measure, group and level. `verdict` is

        ======================  ================================================================================
        `above_rest`            q of at most 0.05 and a standardised difference of at least 0.2 (small, after Cohen)
        `below_rest`            the same, downwards
        `no_difference_seen`    otherwise
        `not_compared`          fewer than two values here or in the rest, or all are the same
        `hidden`                too few have the measure
        ======================  ================================================================================
    """
    rows = [
        _means(cells, group, measure, minimum).assign(group_name=group, measure=measure)
        for measure in measures
        for group in groups
    ]
    return _judge(pd.concat(rows, ignore_index=True)) if rows and len(cells) else pd.DataFrame()


def _means(cells: pd.DataFrame, group: str, measure: str, minimum: int) -> pd.DataFrame:
    """Return one row per level with its mean and the difference to the rest."""
    columns = [f"{measure}_known", f"{measure}_sum", f"{measure}_square_sum"]
    sums = cells.groupby(f"level_{group}", sort=True)[["customer_count", *columns]].sum()
    known, total, squares = (sums[column].to_numpy(dtype=float) for column in columns)
    is_small = sums["customer_count"].to_numpy() < minimum
    hidden = hidden_levels(known.astype("int64"), minimum) | is_small
    mean, variance = _moments(known, total, squares)
    rest_known = known.sum() - known
    rest_mean, rest_variance = _moments(rest_known, total.sum() - total, squares.sum() - squares)
    low, high = mean_interval(mean, variance, known)
    facts = difference_of_means(mean, variance, known, rest_mean, rest_variance, rest_known)
    with np.errstate(divide="ignore", invalid="ignore"):
        freedom = np.where(known + rest_known > 2, known + rest_known - 2, np.nan)
        pooled = np.sqrt(((known - 1) * variance + (rest_known - 1) * rest_variance) / freedom)
        effect = facts[0] / np.where(pooled > 0, pooled, np.nan)
    table = pd.DataFrame(
        {
            "group_level": sums.index,
            "known_count": known,
            "mean": mean,
            "mean_low": low,
            "mean_high": high,
            "difference": facts[0],
            "difference_low": facts[1],
            "difference_high": facts[2],
            "standardised_difference": effect,
            "p_value": np.where(np.isfinite(effect), facts[3], np.nan),
        }
    )
    table.loc[hidden, table.columns != "group_level"] = np.nan
    return table.assign(is_hidden=hidden)


def _moments(count: np.ndarray, total: np.ndarray, squares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return means and sample variances; NaN where there are too few values for one."""
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(count > 0, total / count, np.nan)
        spread = squares - count * mean**2
        # Less than what was rounded away is nothing.
        spread = np.where(spread > 1e-9 * squares, spread, 0.0)
        return mean, np.where(count > 1, spread / (count - 1), np.nan)


def _judge(table: pd.DataFrame) -> pd.DataFrame:
    """Correct the p-values over all comparisons, and give the verdicts."""
    table["q_value"] = q_values(table["p_value"].to_numpy())
    differs = (table["q_value"] <= FALSE_DISCOVERY_RATE) & (table["standardised_difference"].abs() >= LEAST_EFFECT)
    table["verdict"] = np.select(
        [table["is_hidden"], table["q_value"].isna(), differs & (table["difference"] > 0), differs],
        ["hidden", "not_compared", "above_rest", "below_rest"],
        "no_difference_seen",
    )
    return table
