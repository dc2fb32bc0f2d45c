"""The whole report on bias as one long table."""

from collections.abc import Mapping

import pandas as pd

from strate.bias.coverage import POPULATION, check_reference, coverage
from strate.bias.levels import level_sizes, with_shown_levels
from strate.bias.means import group_means
from strate.bias.representation import representation
from strate.bias.thresholds import group_thresholds
from strate.bias.weights import weight_cells
from strate.checks import check_integer, check_names, check_number

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
    *("weight", "weighted_share", "effective_count", "design_effect", "largest_gap"),
    *("common_threshold", "own_threshold", "selected_before", "selected_after", "rate_before", "rate_after"),
    *("ratio_before", "ratio_after", "captured_before", "captured_after", "kept_share"),
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
    scores: pd.DataFrame,
    *,
    groups: list[str],
    measures: list[str],
    decisions: Mapping[str, Mapping[str, object]],
    min_group_size: int = 10,
    min_selection_ratio: float = 0.8,
    max_weight: float = 5.0,
) -> pd.DataFrame:
    """Compare the levels of groups by the segments they are in, and by measures.

    Parameters
    ----------
    cells : pandas.DataFrame
        One row per combination of segments and levels at one date: `as_of_date`, `segment_<segmentation>` (null for who
        is in none), for each rule that may overlap with others a column `rule_<...>` (its key, or null),
        `level_<group>` (null for whom it is not known), `customer_count`, and for each measure `<measure>_known`,
        `<measure>_sum` and `<measure>_square_sum`.
    covered : pandas.DataFrame
        How many customers of each level are covered, `coverage`, `group_name`, `level`, `customer_count` and
        `covered_count`; and of the coverage `population` the `share` of each level in the reference population.
    scores : pandas.DataFrame
        One row per customer: `level_<group>`, and the columns of the decisions; no rows where there are no decisions.
    groups, measures : list of str
    decisions : mapping of str to mapping
        See `group_thresholds`.
    min_group_size : int
        Cells and means of fewer customers are hidden, and levels of fewer stand together.
    min_selection_ratio : float
        Ratio of two selection rates under which there is a finding, 0 to 1.
    max_weight : float
        See `rake`.

    Returns
    -------
    pandas.DataFrame
        With the columns of `RESULT_TYPES` and `level_<group>`; what a record has no word or figure for is null.
        `record_type` is

        ==================  ========================================================
        `representation`    a segment, group and level: see `representation`
        `mean`              a measure, group and level: see `group_means`
        `coverage`          a kind of coverage, group and level: see `coverage`
        `weight`            a combination of levels: see `weight_cells`
        `weighting`         a segment and what the weights do to it: see `weight_cells`
        `threshold`         a decision, group and level: see `group_thresholds`
        ==================  ========================================================

    Raises
    ------
    ValueError
        If an argument is not legal, or the reference population is not.
    """
    check_integer("min_group_size", min_group_size, 0)
    check_number("min_selection_ratio", min_selection_ratio, 0, 1)
    check_number("max_weight", max_weight, 1, 1e6)
    groups, measures = check_names("groups", groups), check_names("measures", measures)
    # Sums of doubles depend on their order.
    keys = [column for column in cells if column.startswith(("segment_", "rule_", "level_"))]
    cells = cells.sort_values(keys, ignore_index=True)
    is_reference = covered["coverage"] == POPULATION
    reference = check_reference(covered[is_reference], groups)
    sizes = level_sizes(cells, groups)
    limits = {"minimum": min_group_size, "min_ratio": min_selection_ratio}
    shown = with_shown_levels(cells, groups, min_group_size)
    shown_scores = with_shown_levels(scores.assign(customer_count=1), groups, min_group_size)
    weights, weighting = weight_cells(cells, reference, groups, max_weight=max_weight, minimum=min_group_size)
    tables = {
        "representation": representation(shown, groups, **limits),
        "mean": group_means(shown, groups, measures, minimum=min_group_size),
        "coverage": coverage(covered[~is_reference], sizes, reference, **limits),
        "weight": weights,
        "weighting": weighting,
        "threshold": group_thresholds(shown_scores, decisions, groups, **limits),
    }
    types = RESULT_TYPES | {f"level_{group}": "object" for group in groups}
    found = [table.assign(record_type=name) for name, table in tables.items() if len(table)]
    if not found:
        return pd.DataFrame(columns=list(types)).astype(types)
    result = pd.concat(found, ignore_index=True).assign(as_of_date=cells["as_of_date"].max())
    result["is_hidden"] = result["is_hidden"].eq(True)  # only some records can be
    return result.reindex(columns=list(types)).astype(types)
