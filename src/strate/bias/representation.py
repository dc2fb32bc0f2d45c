"""Who is in which segment, by group: selection rates, and their ratio to the level that is selected most."""

import numpy as np
import pandas as pd

from strate.bias.intervals import equal_shares_p_value, ratio_interval, share_interval
from strate.bias.suppression import hidden_cells, segment_relations
from strate.disclosure import UNKNOWN
from strate.significance import FALSE_DISCOVERY_RATE, q_values

LEAST_REFERENCE_SHARE = 0.02


def representation(cells: pd.DataFrame, groups: list[str], *, minimum: int, min_ratio: float) -> pd.DataFrame:
    """Compare levels of each group by how many of them are in each segment.

    The reference is the level that is selected most among those that are known, not hidden in the segment, and at least
    2 % of all customers (as in 29 CFR 1607.15). A level is judged by its ratio to that, and by Pearson's test of the
    two rates, corrected over all of them after Benjamini and Hochberg.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row per combination of segments and levels: `customer_count`, `level_<group>` as `with_shown_levels` gives
        them, and `segment_<segmentation>` and `rule_<...>`, null for who is in none.
    groups : list of str
    minimum : int
        Cells of fewer customers are hidden: see `hidden_cells`.
    min_ratio : float
        Least ratio of two rates that is no finding; 0.8 is the four-fifths rule.

    Returns
    -------
    pandas.DataFrame
        One row per segment, group and level. `verdict` is

        =====================  =================================================================
        `under_four_fifths`    the ratio is under `min_ratio` and q at most 0.05
        `may_be_chance`        the ratio is under it and q above
        `too_few_to_tell`      the ratio is under it, and fewer than five are expected in a cell
        `within_four_fifths`   the ratio is not under it
        `hidden`               the cell is hidden
        `not_compared`         the level is unknown, or there are not two levels to compare
        =====================  =================================================================

    References
    ----------
    Uniform Guidelines on Employee Selection Procedures (1978). 29 CFR 1607.4(D), 1607.15(A)(2).
    """
    columns = sorted(name for name in cells if name.startswith(("segment_", "rule_")) and cells[name].notna().any())
    if not columns:
        return pd.DataFrame()
    patterns = cells[columns].drop_duplicates()
    segments = _segments(patterns)
    memberships = np.column_stack(
        [
            patterns[column].isna() if key is None else patterns[column] == key
            for column, key in zip(segments["column"], segments["segment_key"], strict=True)
        ]
    )
    relations = segment_relations(memberships)
    partition = (segments["column"] == columns[0]).to_numpy()
    tables = []
    for group in groups:
        counts = pd.concat([_counts(cells, column, f"level_{group}") for column in columns])
        hidden = hidden_cells(counts.to_numpy(), relations, partition, minimum)
        tables.append(_rates(counts, hidden, segments, minimum).assign(group_name=group))
    return _judge(pd.concat(tables, ignore_index=True), min_ratio) if tables else pd.DataFrame()


def _segments(patterns: pd.DataFrame) -> pd.DataFrame:
    """Return column, segmentation and key of each segment, in the order of `_counts`; who is in none has no key."""
    rows = []
    for column in patterns:
        segmentation = "rule" if column.startswith("rule_") else column.removeprefix("segment_")
        keys = [*sorted(patterns[column].dropna().unique())] + [None] * int(patterns[column].isna().any())
        rows += [(column, segmentation, key) for key in keys]
    return pd.DataFrame(rows, columns=["column", "segmentation", "segment_key"]).astype(object)


def _counts(cells: pd.DataFrame, column: str, level: str) -> pd.DataFrame:
    """Return customers by segment and level; who is in none comes last."""
    sums = cells.groupby([column, level], dropna=False, sort=True)["customer_count"].sum()
    return sums.unstack(level, fill_value=0).reindex(columns=sorted(cells[level].unique()), fill_value=0)


def _rates(counts: pd.DataFrame, hidden: np.ndarray, segments: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Return one row per segment and level with shares and ratios of shares, empty where hidden."""
    is_first = (segments["column"] == segments["column"].iloc[0]).to_numpy()
    is_segment = segments["segment_key"].notna().to_numpy()
    segments, levels = segments[is_segment], counts.columns.to_numpy()
    level_sizes = counts.to_numpy(dtype=float)[is_first].sum(axis=0)
    total = level_sizes.sum()
    counts, hidden = counts.to_numpy(dtype=float)[is_segment], hidden[is_segment]
    segment_sizes = np.broadcast_to(counts.sum(axis=1, keepdims=True), counts.shape)
    # What is too small has no figures to show, not even that nobody is there.
    hidden = hidden | (level_sizes < minimum) | (segment_sizes < minimum)
    counts = np.where(hidden, np.nan, counts)
    level_sizes = np.broadcast_to(np.where(level_sizes < minimum, np.nan, level_sizes), counts.shape)

    rates = counts / level_sizes
    judged = ~hidden & (levels != UNKNOWN)
    candidates = np.where(judged & (level_sizes >= LEAST_REFERENCE_SHARE * total), rates, -1.0)
    reference = candidates.argmax(axis=1)[:, None]
    has_reference = (candidates.max(axis=1, keepdims=True) > 0) & (judged.sum(axis=1, keepdims=True) > 1)
    judged &= has_reference
    others = judged & (np.arange(len(levels)) != reference)
    compared = [
        values[others]
        for values in (
            *(counts, level_sizes),
            *(np.broadcast_to(np.take_along_axis(m, reference, 1), counts.shape) for m in (counts, level_sizes)),
        )
    ]
    low, high, ratio_low, ratio_high, p_value = (np.full(counts.shape, np.nan) for _ in range(5))
    low[~hidden], high[~hidden] = share_interval(counts[~hidden], level_sizes[~hidden])
    ratio_low[others], ratio_high[others] = ratio_interval(*compared)
    p_value[others] = equal_shares_p_value(*compared)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratios = np.where(judged, rates / np.take_along_axis(rates, reference, 1), np.nan)
    figures = {
        "is_hidden": hidden,
        "customer_count": counts,
        "segment_count": segment_sizes,
        "level_count": level_sizes,
        "segment_share": counts / segment_sizes,
        "population_share": level_sizes / total,
        "selection_rate": rates,
        "rate_low": low,
        "rate_high": high,
        "reference_level": np.where(has_reference, levels[reference], None),
        "selection_ratio": ratios,
        "ratio_low": ratio_low,
        "ratio_high": ratio_high,
        "p_value": p_value,
    }
    return pd.DataFrame(
        {
            "segmentation": np.repeat(segments["segmentation"].to_numpy(), len(levels)),
            "segment_key": np.repeat(segments["segment_key"].to_numpy(), len(levels)),
            "group_level": np.tile(levels, len(segments)),
        }
        | {name: np.broadcast_to(values, counts.shape).ravel() for name, values in figures.items()}
    )


def _judge(table: pd.DataFrame, min_ratio: float) -> pd.DataFrame:
    """Correct the p-values over all comparisons, and give the verdicts."""
    table["q_value"] = q_values(table["p_value"].to_numpy())
    is_under = table["selection_ratio"] < min_ratio
    table["verdict"] = np.select(
        [
            table["is_hidden"],
            table["selection_ratio"].isna(),
            ~is_under,
            table["q_value"].isna(),
            table["q_value"] <= FALSE_DISCOVERY_RATE,
        ],
        ["hidden", "not_compared", "within_four_fifths", "too_few_to_tell", "under_four_fifths"],
        "may_be_chance",
    )
    return table
