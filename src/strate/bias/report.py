"""The whole report on bias as one long table, from counts."""

import pandas as pd

from strate.bias.levels import level_counts
from strate.bias.means import group_means
from strate.bias.representation import representation
from strate.clustering.checks import check_integer, check_names, check_number

TEXTS = ["record_type", "segmentation", "segment_key", "measure", "group_name", "group_level", "reference_level"]
NUMBERS = [
    *("customer_count", "segment_count", "level_count", "known_count"),
    *("segment_share", "population_share", "selection_rate", "rate_low", "rate_high"),
    *("selection_ratio", "ratio_low", "ratio_high"),
    *("mean", "mean_low", "mean_high", "difference", "difference_low", "difference_high", "standardised_difference"),
    *("p_value", "q_value"),
]
RESULT_TYPES = {
    "as_of_date": "datetime64[us]",
    **dict.fromkeys(TEXTS, "object"),
    "is_hidden": "bool",
    **dict.fromkeys(NUMBERS, "float64"),
    "verdict": "object",
}


def report_bias(
    cells: pd.DataFrame,
    *,
    groups: list[str],
    measures: list[str],
    min_group_size: int = 10,
    min_selection_ratio: float = 0.8,
) -> pd.DataFrame:
    """Compare the levels of groups by the segments they are in, and by measures.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row per combination of segments and levels at one date: `as_of_date`, `segment_<segmentation>` (null for who
        is in none), `level_<group>` (null for whom it is not known), `customer_count`, and for each measure
        `<measure>_known`, `<measure>_sum` and `<measure>_square_sum`.
    groups, measures : list of str
    min_group_size : int
        Cells and means of fewer customers are hidden, and levels of fewer stand together.
    min_selection_ratio : float
        Ratio of two selection rates under which there is a finding, 0 to 1.

    Returns
    -------
    pandas.DataFrame
        With the columns of `RESULT_TYPES`; what a record has no word or figure for is null. `record_type` is

        ==================  ========================================================
        `representation`    a segment, group and level: see `representation`
        `mean`              a measure, group and level: see `group_means`
        ==================  ========================================================

    Raises
    ------
    ValueError
        If an argument is not legal.
    """
    check_integer("min_group_size", min_group_size, 0)
    check_number("min_selection_ratio", min_selection_ratio, 0, 1)
    groups, measures = check_names("groups", groups), check_names("measures", measures)
    # Sums of doubles depend on their order.
    keys = [column for column in cells if column.startswith(("segment_", "level_"))]
    cells = level_counts(cells.sort_values(keys, ignore_index=True), groups, min_group_size)
    tables = {
        "representation": representation(cells, groups, minimum=min_group_size, min_ratio=min_selection_ratio),
        "mean": group_means(cells, groups, measures, minimum=min_group_size),
    }
    found = [table.assign(record_type=name) for name, table in tables.items() if len(table)]
    if not found:
        return pd.DataFrame(columns=list(RESULT_TYPES)).astype(RESULT_TYPES)
    result = pd.concat(found, ignore_index=True).assign(as_of_date=cells["as_of_date"].max())
    return result.reindex(columns=list(RESULT_TYPES)).astype(RESULT_TYPES)
