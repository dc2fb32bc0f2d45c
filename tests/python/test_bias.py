"""Bias: intervals hold what they say, verdicts follow from them, and no small cell can be worked out."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import OptimizeResult, linprog
from scipy.stats import chi2_contingency, ttest_ind

from bias_cells import DATE, customers, report
from strate.bias import suppression
from strate.bias.intervals import ratio_interval, share_interval
from strate.bias.suppression import hidden_cells, segment_relations

from conftest import Project


def two_levels(selected: dict[str, int], sizes: dict[str, int]) -> pd.DataFrame:
    """Return cells of one segmentation with the segments s_in and s_out."""
    rows = [
        {"level_group": level, "segment_s": segment, "customer_count": count}
        for level in sizes
        for segment, count in (("s_in", selected[level]), ("s_out", sizes[level] - selected[level]))
        if count
    ]
    return pd.DataFrame(rows).assign(as_of_date=DATE)


def test_intervals_of_shares_are_wilsons() -> None:
    low, high = share_interval(np.array([0, 5, 10, 81]), np.array([10, 10, 10, 263]))
    # The last is an example of Newcombe (1998), Statistics in Medicine 17: 857-872.
    assert low == pytest.approx([0, 0.23659, 0.72247, 0.2553], abs=5e-5)
    assert high == pytest.approx([0.27753, 0.76341, 1, 0.3662], abs=5e-5)


@pytest.mark.parametrize(("size", "share", "other_size", "other_share"), [(300, 0.1, 500, 0.2), (60, 0.5, 80, 0.4)])
def test_intervals_of_ratios_hold_the_true_one_as_often_as_they_say(size, share, other_size, other_share) -> None:
    random = np.random.default_rng(1)
    counts = random.binomial(size, share, 20_000).astype(float)
    others = random.binomial(other_size, other_share, 20_000).astype(float)
    low, high = ratio_interval(counts, np.full(20_000, size), others, np.full(20_000, other_size))
    assert ((low <= share / other_share) & (share / other_share <= high)).mean() == pytest.approx(0.95, abs=0.012)


def test_the_ratio_of_nobody_has_an_interval() -> None:
    low, high = (x.item() for x in ratio_interval(*(np.array([float(n)]) for n in (0, 30, 20, 40))))
    assert low == 0
    assert 0 < high < 0.5


def test_a_level_is_judged_by_the_ratio_to_the_most_selected_and_by_chance() -> None:
    sizes = {"a": 1000, "b": 1000, "c": 60, "d": 30, "unknown": 500}
    table = report(two_levels({"a": 300, "b": 200, "c": 12, "d": 12, "unknown": 10}, sizes))
    inside = table[table["segment_key"] == "s_in"].set_index("group_level")
    assert inside["verdict"].to_dict() == {
        "a": "within_four_fifths",
        "b": "under_four_fifths",
        "c": "may_be_chance",
        "d": "within_four_fifths",  # 0.4, the highest rate, but of too few customers to be what others are held against
        "unknown": "not_compared",
    }
    assert set(inside["reference_level"]) == {"a"}
    assert inside.loc["b", "selection_ratio"] == pytest.approx(2 / 3)
    known = chi2_contingency([[300, 700], [200, 800]], correction=False)
    assert inside.loc["b", "p_value"] == pytest.approx(known.pvalue)
    assert inside.loc["b", "segment_share"] == pytest.approx(200 / 534)
    assert inside.loc["b", "population_share"] == pytest.approx(1000 / 2590)
    # Of eight levels in two segments the reference is no test of itself.
    assert table["q_value"].notna().sum() == table["p_value"].notna().sum() == 6


def test_rules_that_overlap_are_segments_of_their_own() -> None:
    sizes = {"a": 1000, "b": 1000}
    cells = two_levels({"a": 300, "b": 300}, sizes)
    cells["rule_big"] = np.where(cells["level_group"] == "a", "rule_big", None)
    cells["rule_few"] = None
    few = cells.iloc[[0]].assign(customer_count=4, rule_few="rule_few")
    cells.loc[0, "customer_count"] -= 4
    table = report(pd.concat([cells, few], ignore_index=True)).set_index(["segment_key", "group_level"])
    assert set(table.loc["rule_big", "segmentation"]) == {"rule"}
    assert table.loc[("rule_big", "a"), "customer_count"] == 1000
    assert table.loc[("rule_big", "b"), "verdict"] == "under_four_fifths"
    assert table.loc[("s_in", "b"), "selection_ratio"] == 1
    # That they all have the same level is nobody's business either.
    assert table.loc["rule_few", "customer_count"].isna().all()
    assert set(table.loc["rule_few", "verdict"]) == {"hidden"}


def test_few_customers_are_no_finding() -> None:
    table = report(two_levels({"a": 40, "b": 0}, {"a": 400, "b": 40}))
    row = table[(table["segment_key"] == "s_in") & (table["group_level"] == "b")].iloc[0]
    assert (row["verdict"], row["selection_ratio"]) == ("too_few_to_tell", 0)
    assert np.isnan(row["p_value"])
    assert 0 < row["ratio_high"] <= 1.5


@pytest.mark.parametrize("levels", [["a"] * 50, [None] * 50])
def test_one_level_alone_is_compared_with_nothing(levels) -> None:
    table = report(customers(level_group=levels, segment_s=["s_in"] * 20 + ["s_out"] * 30))
    assert set(table["verdict"]) == {"not_compared"}
    assert table["customer_count"].tolist() == [20, 30]


def test_nothing_to_report_is_an_empty_table() -> None:
    nobody = customers(level_group=["a"], segment_s=["s_in"], revenue_known=1, revenue_sum=1.0, revenue_square_sum=1.0)
    columns = report(nobody).columns
    assert list(report(nobody.iloc[:0], measures=["revenue"]).columns) == list(columns)
    assert len(report(nobody.iloc[:0], measures=["revenue"])) == 0
    assert len(report(nobody, groups=[])) == 0
    nobody["segment_s"] = None
    assert len(report(nobody)) == 0


def test_small_levels_stand_together() -> None:
    sizes = {"a": 1000, "b": 20, "c": 4}
    table = report(two_levels({"a": 300, "b": 18, "c": 2}, sizes))
    inside = table[table["segment_key"] == "s_in"].set_index("group_level")
    assert inside["level_count"].to_dict() == {"a": 1000, "b, c": 24}
    few = report(two_levels({"a": 300, "unknown": 2}, {"a": 1000, "unknown": 4}))
    assert few.loc[few["group_level"] == "unknown", ["customer_count", "level_count"]].isna().all(axis=None)
    # Nor does the size of the segment, less the other level, tell how many of the unknown are in it.
    assert few["is_hidden"].all()


def test_means_are_compared_with_those_of_everybody_else() -> None:
    random = np.random.default_rng(2)
    levels = np.repeat(["a", "b", None], [200, 100, 5])
    values = random.normal(np.where(levels == "a", 60.0, 50.0), 10)
    known = np.arange(305) % 10 > 0
    cells = customers(
        level_group=levels,
        segment_s=["s_in"] * 305,
        score_known=known.astype(int),
        score_sum=np.where(known, values, 0),
        score_square_sum=np.where(known, values**2, 0),
    )
    table = report(cells, measures=["score"]).query("record_type == 'mean'").set_index("group_level")
    a, rest = values[(levels == "a") & known], values[(levels != "a") & known]
    expected = ttest_ind(a, rest, equal_var=False)
    assert table.loc["a", "p_value"] == pytest.approx(expected.pvalue)
    assert table.loc["a", ["difference_low", "difference_high"]].tolist() == pytest.approx(
        list(expected.confidence_interval())
    )
    assert table.loc["a", "mean"] == pytest.approx(a.mean())
    assert table["verdict"].to_dict() == {"a": "above_rest", "b": "hidden", "unknown": "hidden"}
    assert table.loc["b", "mean":].drop(["verdict"]).isna().all()
    nothing = report(cells.assign(score_known=0, score_sum=0.0, score_square_sum=0.0), measures=["score"])
    assert set(nothing.query("record_type == 'mean'")["verdict"]) == {"not_compared", "hidden"}


@st.composite
def tables(draw):
    """Segments of two segmentations, the second made of what the first is crossed with, by levels of a group."""
    patterns = sorted(draw(st.sets(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=2, max_size=8)))
    first = np.array([pattern[0] for pattern in patterns])
    second = np.array(draw(st.lists(st.integers(0, 3), min_size=len(patterns), max_size=len(patterns))))
    memberships = np.column_stack([first == segment for segment in np.unique(first)])
    partition = np.arange(memberships.shape[1] + len(np.unique(second))) < memberships.shape[1]
    memberships = np.column_stack([memberships, *(second == segment for segment in np.unique(second))])
    n_levels = draw(st.integers(2, 4))
    people = draw(st.lists(st.integers(0, 14), min_size=len(patterns) * n_levels, max_size=len(patterns) * n_levels))
    counts = memberships.T.astype(int) @ np.reshape(people, (len(patterns), n_levels))
    return memberships, partition, counts, draw(st.integers(2, 12))


def bounds_of_a_cell(memberships, partition, counts, hidden, cell) -> tuple[float, float]:
    """Return the least and the most that a cell can be for whoever sees what is not hidden, and all totals.

    The unknowns are customers by pattern and level, of which all cells are sums.
    """
    n_patterns, n_levels = len(memberships), counts.shape[1]

    def cell_sum(segment: int, level: int) -> np.ndarray:
        row = np.zeros((n_patterns, n_levels))
        row[memberships[:, segment], level] = 1
        return row.ravel()

    sums = np.array([[cell_sum(*position) for position in row] for row in np.moveaxis(np.indices(counts.shape), 0, -1)])
    known = [sums[~hidden], sums.sum(axis=1), sums[partition].sum(axis=0)]
    values = [counts[~hidden], counts.sum(axis=1), counts[partition].sum(axis=0)]
    ends = [
        linprog(
            sign * sums[cell],
            A_eq=np.vstack(known),
            b_eq=np.concatenate(values),
            A_ub=-sums[hidden],
            b_ub=np.full(hidden.sum(), -1),  # zeros are shown
            bounds=(None, None),
        ).fun
        for sign in (1, -1)
    ]
    return ends[0], -ends[1]


@given(tables())
def test_nobody_works_out_a_small_cell(table) -> None:
    """Nor learns that it is small, unless the totals alone say so, whatever else is hidden."""
    memberships, partition, counts, minimum = table
    hidden = hidden_cells(counts, segment_relations(memberships), partition, minimum)
    small = (counts > 0) & (counts < minimum)
    assert (hidden >= small).all()
    assert not hidden[counts == 0].any()
    for cell in map(tuple, np.argwhere(small)):
        least, most = bounds_of_a_cell(memberships, partition, counts, hidden, cell)
        bare_least, bare_most = bounds_of_a_cell(memberships, partition, counts, counts > 0, cell)
        assert most >= min(minimum, bare_most) - 1e-6
        assert most - least > 1e-6 or bare_most - bare_least < 1e-6


def test_a_group_that_is_too_fine_is_hidden_as_a_whole() -> None:
    counts = np.full((20, 20), 5)
    memberships = np.eye(20, dtype=bool)
    assert hidden_cells(counts, segment_relations(memberships), np.full(20, True), 10).all()
    counts[:2, :2] = 50
    assert hidden_cells(counts[:3, :3], np.empty((0, 3)), np.full(3, True), 10).sum() < 9


def test_everything_is_hidden_where_the_solver_gives_up(monkeypatch) -> None:
    counts = np.array([[3, 40, 50], [60, 70, 80], [20, 30, 40]])
    arguments = (counts, np.empty((0, 3)), np.full(3, True), 10)
    assert hidden_cells(*arguments).sum() == 4
    gave_up = OptimizeResult(x=None, status=4, message="numerical difficulties")
    monkeypatch.setattr(suppression, "linprog", lambda *_, **__: gave_up)
    assert hidden_cells(*arguments).all()


def test_a_cross_does_not_give_away_what_its_parts_hide() -> None:
    """Level a has 3 in the cross cell that is one half of the first segment; the other half and the segment tell it."""
    memberships = np.array([[1, 0, 1, 0, 0], [1, 0, 0, 1, 0], [0, 1, 0, 0, 1]], dtype=bool)
    people = np.array([[3, 40], [50, 60], [70, 80]])
    counts = memberships.T.astype(int) @ people
    partition = np.array([True, True, False, False, False])
    hidden = hidden_cells(counts, segment_relations(memberships), partition, 10)
    apart = np.array([hidden[2, 0], hidden[3, 0], hidden[0, 0]])
    assert apart[0]
    assert apart[1:].any()
    assert not hidden.all()


@pytest.mark.build
def test_the_demo_says_who_is_in_which_segment(demo: Project) -> None:
    table = demo.query("select * from group_representation")
    counted = demo.query(
        """
        select segment_key, gender as group_level, count(*) as counted
        from customer_segments inner join int_segments__customers using (customer_id)
        where gender is not null group by all
        """
    )
    shown = table[(table["group_name"] == "gender") & ~table["is_hidden"]].merge(counted, how="inner")
    assert len(shown) > 50
    assert (shown["customer_count"] == shown["counted"]).all()
    # 5 customers are 65 and over: they are told with the next smallest level, and cells of few are not told at all.
    assert "65 and over, under 25" in set(table["group_level"])
    figures = table.loc[~table["is_hidden"], "customer_count"]
    assert ((figures >= 10) | (figures == 0)).all()
    assert table["is_hidden"].any()
    # Personas of the demo have an age and no gender.
    found = table[table["verdict"] == "under_four_fifths"].groupby("group_name").size()
    assert found["age_band"] > 20 > found.get("gender", 0)
    means = demo.query("select * from group_means where measure = 'revenue' and not is_hidden")
    assert means.set_index("group_level").loc[["25 to 34", "35 to 49", "female"], "verdict"].tolist() == [
        "below_rest",
        "above_rest",
        "no_difference_seen",
    ]
