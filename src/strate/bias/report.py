"""The whole report on bias as one long table, from counts."""

import pandas as pd

from strate.bias.coverage import POPULATION, check_reference, coverage
from strate.bias.levels import level_sizes, with_shown_levels
from strate.bias.means import group_means
from strate.bias.representation import representation
from strate.clustering.checks import check_integer, check_names, check_number

TEXTS = [
    "record_type",
    "segmentation",
    "segment_key",
    "measure",
    "coverage",
    "group_name",
    "group_level",
    "reference_level",
]
NUMBERS = [
    *("customer_count", "segment_count", "level_count", "known_count"),
    *("segment_share", "population_share", "selection_rate", "rate_low", "rate_high"),
    *("selection_ratio", "ratio_low", "ratio_high"),
    *("mean", "mean_low", "mean_high", "difference", "difference_low", "difference_high", "standardised_difference"),
    *("share", "share_low", "share_high", "expected_share"),
    *("representation_index", "representation_index_low", "representation_index_high"),
    *("chi_square", "degrees_of_freedom", "p_value", "q_value"),
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
    covered: pd.DataFrame,
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
    covered : pandas.DataFrame
        How many customers of each level are covered, `coverage`, `group_name`, `level`, `customer_count` and
        `covered_count`; and of the coverage `population` the `share` of each level in the reference population.
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
        `coverage`          a kind of coverage, group and level: see `coverage`
        ==================  ========================================================

    Raises
    ------
    ValueError
        If an argument is not legal, or the reference population is not.
    """
    check_integer("min_group_size", min_group_size, 0)
    check_number("min_selection_ratio", min_selection_ratio, 0, 1)
    groups, measures = check_names("groups", groups), check_names("measures", measures)
    # Sums of doubles depend on their order.
    keys = [column for column in cells if column.startswith(("segment_", "level_"))]
    cells = cells.sort_values(keys, ignore_index=True)
    is_reference = covered["coverage"] == POPULATION
    reference = check_reference(covered[is_reference], groups)
    sizes = level_sizes(cells, groups)
    limits = {"minimum": min_group_size, "min_ratio": min_selection_ratio}
    shown = with_shown_levels(cells, groups, min_group_size)
    tables = {
        "representation": representation(shown, groups, **limits),
        "mean": group_means(shown, groups, measures, minimum=min_group_size),
        "coverage": coverage(covered[~is_reference], sizes, reference, **limits),
    }
    found = [table.assign(record_type=name) for name, table in tables.items() if len(table)]
    if not found:
        return pd.DataFrame(columns=list(RESULT_TYPES)).astype(RESULT_TYPES)
    result = pd.concat(found, ignore_index=True).assign(as_of_date=cells["as_of_date"].max())
    return result.reindex(columns=list(RESULT_TYPES)).astype(RESULT_TYPES)
