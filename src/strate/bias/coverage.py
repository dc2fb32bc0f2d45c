"""Whom the data covers: customers beside a reference population, and who is profiled, tracked or has agreed."""

import numpy as np
import pandas as pd

from strate.bias.intervals import share_interval
from strate.bias.levels import shown_levels
from strate.bias.suppression import hidden_cells
from strate.disclosure import UNKNOWN, hidden_levels
from strate.significance import FALSE_DISCOVERY_RATE, pearson_test, q_values

POPULATION, PROFILING = "population", "profiling"
COUNTS = ["level_count", "customer_count", "share", "share_low", "share_high", "expected_share"]


def coverage(
    counts: pd.DataFrame,
    sizes: dict[str, pd.Series],
    reference: dict[str, pd.Series],
    *,
    minimum: int,
    min_ratio: float,
) -> pd.DataFrame:
    """Compare levels by how well the data covers them.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row per `coverage`, `group_name` and `level` (null for unknown): `customer_count` customers, of whom
        `covered_count` are covered. Of the coverage `profiling`, who is not covered may not be profiled.
    sizes : dict of str to pandas.Series
        For each group how many customers of each level may be profiled; `unknown` for no level.
    reference : dict of str to pandas.Series
        From `check_reference`: for each group the share of each level in the population.
    minimum : int
        Levels in which fewer customers are covered, or are not, are hidden, and with them as many as it takes that
        nobody works them out.
    min_ratio : float
        Least ratio of share and expected share that is no finding; its inverse is the most.

    Returns
    -------
    pandas.DataFrame
        One row per coverage, group and level. The expected share is that of the population, or the one that all shown
        levels have together. The test is Pearson's, one per coverage and group over the known levels. `verdict` is

        ======================  ===========================================================================
        `under_represented`     the index is under `min_ratio`, and q of the test at most 0.05
        `over_represented`      the index is over its inverse, and q at most 0.05
        `as_expected`           otherwise
        `not_tested`            fewer than two levels, or too few customers are expected in a cell
        `not_in_reference`      customers have the level, and the population has not
        `not_compared`          the level is unknown
        `hidden`                too few customers
        ======================  ===========================================================================
    """
    tables = []
    for group, group_sizes in sizes.items():
        names = shown_levels(group_sizes, minimum)
        rows = counts[counts["group_name"] == group]
        levels = rows["level"].astype(object).where(rows["level"].notna(), UNKNOWN)
        rows = rows.assign(level=levels.map(lambda level, names=names: names.get(level, level)))
        for kind, part in rows.groupby("coverage", sort=True):
            sums = part.groupby("level", sort=True)[["covered_count", "customer_count"]].sum()
            tables.append(_outcome(sums, kind, minimum).assign(coverage=kind, group_name=group))
        if group in reference:
            beside = [
                part.groupby(lambda level, n=names: n.get(level, level)).sum()
                for part in (group_sizes, reference[group])
            ]
            tables.append(_beside_population(*beside, minimum).assign(coverage=POPULATION, group_name=group))
    return _judge(pd.concat(tables, ignore_index=True), min_ratio) if tables else pd.DataFrame()


def check_reference(rows: pd.DataFrame, groups: list[str]) -> dict[str, pd.Series]:
    """Return the share of each level in the population, by group.

    Parameters
    ----------
    rows : pandas.DataFrame
        `group_name`, `level` and `share`, 0 to 1.
    groups : list of str
        Groups that it may name.

    Raises
    ------
    ValueError
        If it names another group or a level twice, or the shares of a group are not from 0 to 1, or do not add up to 1.
    """
    reference = {}
    for group, part in rows.groupby("group_name", sort=True, dropna=False):
        where = f"reference_population: the group {group!r}"
        if group not in groups:
            raise ValueError(f"{where} is none of report_groups ({', '.join(groups)}).")
        shares = part["share"].astype(float)
        if part["level"].isna().any() or part["level"].duplicated().any():
            raise ValueError(f"{where} must name each level once.")
        if not shares.between(0, 1).all() or abs(shares.sum() - 1) > 0.01:
            raise ValueError(f"{where} must have shares from 0 to 1 that add up to 1; they add up to {shares.sum():g}.")
        reference[group] = pd.Series(shares.to_numpy() / shares.sum(), index=part["level"].to_numpy())
    return reference


def _outcome(sums: pd.DataFrame, kind: str, minimum: int) -> pd.DataFrame:
    """Return one row per level with the share that is covered."""
    covered = sums["covered_count"].to_numpy(dtype=float)
    sizes = sums["customer_count"].to_numpy(dtype=float)
    cells = np.array([covered, sizes - covered]).astype("int64")
    if kind == PROFILING:
        # How many are profiled stands in other marts, so only the others are a secret, and their sum is known.
        hidden = hidden_levels(cells[1], minimum)
    else:
        hidden = hidden_cells(cells, np.empty((0, 2)), np.array([True, True]), minimum).any(axis=0)
    hidden |= sizes < minimum
    tested = ~hidden & (sums.index != UNKNOWN)
    expected = covered[~hidden].sum() / max(sizes[~hidden].sum(), 1)
    low, high = share_interval(covered, sizes)
    with np.errstate(divide="ignore", invalid="ignore"):
        table = pd.DataFrame(
            {
                "group_level": sums.index,
                "level_count": sizes,
                "customer_count": covered,
                "share": covered / sizes,
                "share_low": low,
                "share_high": high,
                "expected_share": expected,
            }
        )
    table.loc[hidden, COUNTS] = np.nan
    observed = cells[:, tested]
    facts = pearson_test(observed, np.outer(observed.sum(axis=1), sizes[tested]) / max(sizes[tested].sum(), 1))
    return table.assign(is_hidden=hidden, is_compared=tested, **facts)


def _beside_population(sizes: pd.Series, expected: pd.Series, minimum: int) -> pd.DataFrame:
    """Return one row per level with its share of the customers whose level is known, beside that of the population."""
    levels = sorted(set(sizes.index) | set(expected.index))
    counts = sizes.reindex(levels, fill_value=0).to_numpy(dtype=float)
    shares = expected.reindex(levels).to_numpy()
    is_known = np.array(levels) != UNKNOWN
    hidden = (counts > 0) & (counts < minimum)
    total = np.full(len(levels), counts[is_known].sum())
    low, high = share_interval(counts, total)
    table = pd.DataFrame(
        {
            "group_level": levels,
            "level_count": total,
            "customer_count": counts,
            "share": counts / np.maximum(total, 1),
            "share_low": low,
            "share_high": high,
            "expected_share": shares,
        }
    )
    table.loc[~is_known | hidden, COUNTS] = np.nan
    tested = is_known & ~np.isnan(shares) & ~hidden
    expected_counts = shares[tested] / max(shares[tested].sum(), 1e-12) * counts[tested].sum()
    facts = pearson_test(counts[None, tested], expected_counts[None, :])
    return table.assign(is_hidden=hidden, is_compared=is_known & ~hidden, **facts)


def _judge(table: pd.DataFrame, min_ratio: float) -> pd.DataFrame:
    """Correct the p-values over all tests, one per coverage and group, and give the verdicts."""
    keys = ["coverage", "group_name"]
    tests = table.drop_duplicates(keys).set_index(keys)
    found = pd.Series(q_values(tests["p_value"].to_numpy()), index=tests.index)
    table["q_value"] = found.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy()
    expected = table["expected_share"].where(table["is_compared"] & (table["expected_share"] > 0))
    for name, share in (("index", "share"), ("index_low", "share_low"), ("index_high", "share_high")):
        table[f"representation_{name}"] = table[share] / expected
    is_finding = table["q_value"] <= FALSE_DISCOVERY_RATE
    index = table["representation_index"]
    table["verdict"] = np.select(
        [
            table["is_hidden"],
            table["group_level"] == UNKNOWN,
            (table["coverage"] == POPULATION) & index.isna(),
            table["q_value"].isna(),
            is_finding & (index < min_ratio),
            is_finding & (index > 1 / max(min_ratio, 1e-9)),
        ],
        ["hidden", "not_compared", "not_in_reference", "not_tested", "under_represented", "over_represented"],
        "as_expected",
    )
    return table.drop(columns="is_compared")
