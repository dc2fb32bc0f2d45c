"""Which features are missing, of whom, and whether that depends on the group."""

import numpy as np
import pandas as pd

from strate.checks import check_integer
from strate.disclosure import UNKNOWN, hidden_levels
from strate.significance import FALSE_DISCOVERY_RATE, pearson_test, q_values

ALL = "all"
LEAST_EFFECT = 0.1
RESULT_TYPES = {
    "as_of_date": "datetime64[us]",
    "feature": "object",
    "group_name": "object",
    "group_level": "object",
    "is_hidden": "bool",
    "customer_count": "float64",
    "missing_count": "float64",
    "missing_share": "float64",
    "chi_square": "float64",
    "degrees_of_freedom": "float64",
    "p_value": "float64",
    "q_value": "float64",
    "cramers_v": "float64",
    "verdict": "object",
}


def report_missingness(counts: pd.DataFrame, *, min_group_size: int = 10) -> pd.DataFrame:
    """Say of each feature and group how many customers miss it, and test whether groups differ.

    The test is Pearson's chi-square of missing or known by level. Levels that are hidden and the level `unknown` are
    left out: who is in no known group mostly misses other things too. The effect is Cramér's V, 0 to 1.

    Parameters
    ----------
    counts : pandas.DataFrame
        One row per group and level: `as_of_date`, `group_name` (`all` once, for everybody), `group_level` (`unknown`
        for whom it is not known), `customer_count`, and for each feature `<feature>_known`: how many have it.
    min_group_size : int
        Levels of fewer customers are hidden: see `hidden_levels`.

    Returns
    -------
    pandas.DataFrame
        One row per feature, group and level, with the columns of `RESULT_TYPES`. The test stands on each row of its
        feature and group; `q_value` is Benjamini and Hochberg's over all tests. A hidden level has no figures.
        `verdict` is

        ===================  ====================================================================
        `nothing_missing`    everybody has the feature
        `all_missing`        nobody has it, as where its input is off
        `depends_on_group`   q of at most 0.05 and Cramér's V of at least 0.1 (small, after Cohen)
        `no_dependence_seen` otherwise: missing at random with respect to this group, as far as one sees
        `not_tested`         fewer than two levels are shown, or too few are expected in a cell
        ===================  ====================================================================

        It is null for the group `all`.

    Raises
    ------
    ValueError
        If an argument is not legal.

    References
    ----------
    Cohen, J. (1988). Statistical power analysis for the behavioral sciences.
    """
    check_integer("min_group_size", min_group_size, 0)
    features = [column.removesuffix("_known") for column in counts if column.endswith("_known")]
    table = []
    for (date, group), rows in counts.groupby(["as_of_date", "group_name"], sort=True):
        rows = rows.sort_values("group_level")
        sizes = rows["customer_count"].to_numpy(dtype="int64")
        is_level = ~rows["group_level"].isin([ALL, UNKNOWN]).to_numpy()
        # How many are unknown is what the group's own column misses, which everybody sees: it hides nobody else.
        hidden = (rows["group_level"] == UNKNOWN).to_numpy() & (sizes < min_group_size)
        hidden[is_level] = hidden_levels(sizes[is_level], min_group_size)
        tested = ~hidden & is_level
        for feature in features:
            missing = sizes - rows[f"{feature}_known"].to_numpy(dtype="int64")
            facts = {} if group == ALL else _test(missing[tested], sizes[tested])
            common = {"as_of_date": date, "feature": feature, "group_name": group, **facts}
            for level, is_hidden, size, lacking in zip(rows["group_level"], hidden, sizes, missing, strict=True):
                row = common | {"group_level": level, "is_hidden": is_hidden}
                if not is_hidden:
                    row |= {"customer_count": size, "missing_count": lacking, "missing_share": lacking / max(size, 1)}
                table.append(row)
    return _judge(pd.DataFrame(table, columns=list(RESULT_TYPES)).astype(RESULT_TYPES))


def _test(missing: np.ndarray, sizes: np.ndarray) -> dict[str, object]:
    """Return the test of one feature and group, or the verdict that says why there is none."""
    total = sizes.sum()
    if total and missing.sum() in (0, total):
        return {"verdict": "all_missing" if missing.sum() else "nothing_missing"}
    observed = np.array([missing, sizes - missing], dtype=float)
    expected = observed.sum(axis=1, keepdims=True) * sizes / max(total, 1)
    facts = pearson_test(observed, expected)
    if np.isnan(facts["p_value"]):
        return {"verdict": "not_tested"}
    return facts | {"cramers_v": float(np.sqrt(facts["chi_square"] / total))}


def _judge(table: pd.DataFrame) -> pd.DataFrame:
    """Correct p-values over all tests, one per feature and group, and give the verdicts that follow from them."""
    tests = table[table["p_value"].notna()].drop_duplicates(["as_of_date", "feature", "group_name"])
    if len(tests):
        keys = ["as_of_date", "feature", "group_name"]
        found = pd.Series(q_values(tests["p_value"].to_numpy()), index=pd.MultiIndex.from_frame(tests[keys]))
        table["q_value"] = found.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy()
        depends = (table["q_value"] <= FALSE_DISCOVERY_RATE) & (table["cramers_v"] >= LEAST_EFFECT)
        of_tests = np.where(depends, "depends_on_group", "no_dependence_seen")
        table["verdict"] = table["verdict"].where(table["q_value"].isna(), of_tests)
    return table
