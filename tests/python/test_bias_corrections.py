"""Whom the data covers, and what would balance it: weights and thresholds do what they say, and say what they cost."""

import re
import shutil

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency, chisquare

from bias_cells import NOTHING_COVERED, customers, report

from conftest import Project, Run


def covered_levels(kind: str, **levels: tuple[int, int]) -> pd.DataFrame:
    """Return customers and covered ones of each level; `nobody_knows` is the null level."""
    rows = [(None if name == "nobody_knows" else name, *counts) for name, counts in levels.items()]
    table = pd.DataFrame(rows, columns=["level", "customer_count", "covered_count"])
    return table.assign(coverage=kind, group_name="group", share=np.nan)


def population(**shares: float) -> pd.DataFrame:
    table = pd.DataFrame({"level": list(shares), "share": list(shares.values())})
    return table.assign(coverage="population", group_name="group", customer_count=0, covered_count=0)


def coverage_of(covered: pd.DataFrame, **sizes: int) -> pd.DataFrame:
    """Return the rows on coverage, where so many customers of each level may be profiled."""
    levels = [None if name == "nobody_knows" else name for name in sizes]
    cells = customers(level_group=levels, segment_s="s_in", customer_count=list(sizes.values()))
    return report(cells, covered).query("record_type == 'coverage'").set_index("group_level")


def test_customers_are_compared_with_the_population() -> None:
    shares = population(young=0.5, middle=0.3, old=0.2)
    table = coverage_of(shares, young=700, middle=290, old=10, nobody_knows=50)
    assert table["verdict"].to_dict() == {
        "middle": "as_expected",
        "old": "under_represented",
        "unknown": "not_compared",
        "young": "over_represented",
    }
    assert table.loc["old", "representation_index"] == pytest.approx(0.01 / 0.2)
    expected = chisquare([700, 290, 10], [500, 300, 200])
    assert table.loc["old", "p_value"] == pytest.approx(expected.pvalue)
    assert table.loc["old", "chi_square"] == pytest.approx(expected.statistic)
    # Nobody at all is a finding too, and so is a level that the population does not know.
    table = coverage_of(shares, young=700, middle=300, other=20)
    assert table.loc["old", ["customer_count", "verdict"]].tolist() == [0, "under_represented"]
    assert table.loc["other", "verdict"] == "not_in_reference"


def test_levels_that_stand_together_do_so_in_the_population() -> None:
    table = coverage_of(population(young=0.5, middle=0.3, old=0.2), young=700, middle=290, old=5)
    assert table.loc["middle, old", ["customer_count", "expected_share"]].tolist() == pytest.approx([295, 0.5])


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        (population(a=0.5, b=0.4), "add up to 0.9"),
        (population(a=1.5, b=-0.5), "from 0 to 1"),
        (population(a=0.5, b=0.5).replace("b", "a"), "each level once"),
        (population(a=1).assign(group_name="height"), "'height' is none of report_groups"),
    ],
)
def test_a_reference_population_that_is_none_is_refused(rows, problem) -> None:
    with pytest.raises(ValueError, match=problem):
        coverage_of(rows, a=100, b=100)


def test_levels_of_whom_few_are_tracked_are_told() -> None:
    covered = covered_levels("tracking", a=(1000, 900), b=(1000, 400), nobody_knows=(100, 20))
    table = coverage_of(covered, a=1000, b=1000, nobody_knows=100)
    assert table["verdict"].to_dict() == {
        "a": "over_represented",
        "b": "under_represented",
        "unknown": "not_compared",
    }
    assert table.loc["b", "representation_index"] == pytest.approx(0.4 / (1320 / 2100))
    assert table.loc["a", "p_value"] == pytest.approx(
        chi2_contingency([[900, 400], [100, 600]], correction=False).pvalue
    )


def test_who_may_not_be_profiled_is_not_told_by_subtraction() -> None:
    """Profiled customers of each level stand in other marts, and how many are not stands in population_totals."""
    covered = covered_levels("profiling", a=(1000, 960), b=(1000, 980), c=(500, 497))
    table = coverage_of(covered, a=960, b=980, c=497)
    assert table["is_hidden"].to_dict() == {"a": False, "b": True, "c": True}
    assert table.loc[["b", "c"], "level_count":"expected_share"].isna().all(axis=None)
    # Where few are not tracked, their number is the level less those who are.
    covered = covered_levels("tracking", a=(1000, 960), b=(1000, 980), c=(500, 497), d=(300, 0))
    table = coverage_of(covered, a=1000, b=1000, c=500, d=300)
    assert table["is_hidden"].sum() == 2
    assert table.loc["c", "is_hidden"]


def two_groups(counts: dict[tuple[str | None, str], int], **segments: list) -> pd.DataFrame:
    """Return cells by the groups a and b; a segment per cell."""
    a, b = zip(*counts, strict=True)
    return customers(level_a=a, level_b=b, customer_count=list(counts.values()), **segments)


REFERENCE = pd.concat(
    [population(young=0.5, old=0.5).assign(group_name="a"), population(x=0.3, y=0.7).assign(group_name="b")]
)
COUNTS = {("young", "x"): 400, ("young", "y"): 200, ("old", "x"): 100, ("old", "y"): 100}


def weigh(cells: pd.DataFrame, reference: pd.DataFrame = REFERENCE, **settings) -> tuple[pd.DataFrame, pd.DataFrame]:
    table = report(cells, reference, groups=["a", "b"], **settings)
    weights = table[table["record_type"] == "weight"].set_index(["level_a", "level_b"])["weight"]
    return weights, table[table["record_type"] == "weighting"].set_index("segment_key")


def test_weights_give_customers_the_margins_of_the_population() -> None:
    segments = ["s_1", "s_2", "s_1", "s_2"]
    weights, effect = weigh(two_groups(COUNTS, segment_s=segments))
    weighted = {cell: weights[cell] * count for cell, count in COUNTS.items()}
    total = sum(weighted.values())
    assert total == pytest.approx(800)
    assert (weighted["young", "x"] + weighted["young", "y"]) / total == pytest.approx(0.5, abs=1e-5)
    assert (weighted["young", "x"] + weighted["old", "x"]) / total == pytest.approx(0.3, abs=1e-5)
    # Raking keeps how the groups go together.
    odds = weighted["young", "x"] * weighted["old", "y"] / weighted["young", "y"] / weighted["old", "x"]
    assert odds == pytest.approx(400 * 100 / 200 / 100)
    assert effect.loc["s_1", "share"] == 500 / 800
    assert effect.loc["s_1", "weighted_share"] == pytest.approx(0.3)
    assert set(effect["verdict"]) == {"balanced"}
    squares = sum(weights[cell] ** 2 * count for cell, count in COUNTS.items())
    assert effect["effective_count"].tolist() == pytest.approx([total**2 / squares] * 2)
    assert effect["design_effect"].iloc[0] == pytest.approx(800 / effect["effective_count"].iloc[0])


def test_who_is_of_no_known_level_keeps_their_share() -> None:
    counts = COUNTS | {(None, "x"): 100, (None, "y"): 100}
    weights, effect = weigh(two_groups(counts, segment_s="s_1"))
    sums = {cell: weights[cell[0] or "unknown", cell[1]] * count for cell, count in counts.items()}
    assert sums[None, "x"] + sums[None, "y"] == pytest.approx(200, rel=0.2)
    assert effect["verdict"].item() == "balanced"
    known = sum(value for cell, value in sums.items() if cell[0])
    assert (sums["young", "x"] + sums["young", "y"]) / known == pytest.approx(0.5, abs=1e-4)


def test_weights_have_a_limit_and_say_what_it_costs() -> None:
    skewed = pd.concat([population(young=0.02, old=0.98).assign(group_name="a"), REFERENCE.query("group_name == 'b'")])
    weights, effect = weigh(two_groups(COUNTS, segment_s="s_1"), skewed, max_weight=2.0)
    assert weights.min() >= 0.5
    assert weights.max() <= 2.0
    assert effect["verdict"].item() == "limited"
    of_old = sum(weights[cell] * count for cell, count in COUNTS.items() if cell[0] == "old")
    share = of_old / sum(weights[cell] * count for cell, count in COUNTS.items())
    assert effect["largest_gap"].item() >= 0.98 - share > 0.1
    # Nobody can stand for a level without customers.
    lacking = pd.concat([population(young=0.3, old=0.3, oldest=0.4).assign(group_name="a")])
    _, effect = weigh(two_groups(COUNTS, segment_s="s_1"), lacking)
    assert effect[["verdict", "largest_gap"]].iloc[0].tolist() == ["limited", pytest.approx(0.4)]


def test_without_a_population_there_are_no_weights() -> None:
    weights, effect = weigh(two_groups(COUNTS, segment_s="s_1"), NOTHING_COVERED)
    assert len(weights) == len(effect) == 0
    many = customers(level_a=[f"a{n}" for n in range(200)], level_b=[f"b{n}" for n in range(200)], segment_s="s_1")
    everything = population(**{f"a{n}": 1 / 200 for n in range(200)}).assign(group_name="a")
    weights, effect = weigh(many, everything)
    assert len(weights) == 0
    assert effect["verdict"].item() == "too_many_cells"


def thresholds(levels: list, scores: list, worth: list | None = None) -> pd.DataFrame:
    """Return the suggested thresholds for a fifth of all customers, who are in no segment."""
    table = report(
        customers(level_group=levels, segment_s=None),
        scores=pd.DataFrame({"level_group": levels, "score": scores, "worth": scores if worth is None else worth}),
        decisions={"score": {"share": 0.2, "quality": "worth"}},
    )
    return table[table["record_type"] == "threshold"].set_index("group_level")


def test_own_thresholds_select_the_same_share_of_every_level() -> None:
    random = np.random.default_rng(3)
    levels = np.repeat(["a", "b", None], [1000, 600, 400])
    scores = random.lognormal(np.where(levels == "a", 1.0, 0.0))
    worth = scores * random.uniform(0.5, 1.5, 2000)
    table = thresholds(list(levels), list(scores), worth=list(worth))
    assert set(table["verdict"]) == {"suggested"}
    assert table["rate_after"].tolist() == pytest.approx([0.2] * 3, abs=0.005)
    before = scores >= table["common_threshold"].iloc[0]
    assert table.loc["a", "selected_before"] == (before & (levels == "a")).sum()
    assert table.loc["b", "rate_before"] == (before & (levels == "b")).sum() / 600
    assert table["ratio_before"].iloc[0] == pytest.approx(table.loc["b", "rate_before"] / table.loc["a", "rate_before"])
    own = pd.Series(levels).fillna("unknown").map(table["own_threshold"]).to_numpy()
    assert table["captured_before"].iloc[0] == pytest.approx(worth[before].sum() / worth.sum())
    assert table["captured_after"].iloc[0] == pytest.approx(worth[scores >= own].sum() / worth.sum())
    assert table["captured_after"].iloc[0] < table["captured_before"].iloc[0]
    assert table["kept_share"].iloc[0] == pytest.approx((before & (scores >= own)).sum() / before.sum())
    assert [f"{value:.3g}" for value in table["own_threshold"]] == [f"{value:g}" for value in table["own_threshold"]]


@pytest.mark.parametrize(
    ("levels", "scores", "verdict"),
    [
        (["a"] * 100 + ["b"] * 100, [1.0] * 60 + [0.0] * 140, "ties"),
        (["a"] * 100 + ["b"] * 100, list(range(100)) * 2, "already_equal"),
        (["a"] * 100 + [None] * 100, list(range(200)), "one_level"),
        (["a"] * 100 + ["b"] * 100, [None] * 200, "no_values"),
        (["a"] * 100 + ["b"] * 100, [0.0] * 200, "no_values"),
    ],
)
def test_thresholds_that_mend_nothing_say_why(levels, scores, verdict) -> None:
    assert set(thresholds(levels, scores)["verdict"]) == {verdict}


def test_thresholds_tell_of_no_few() -> None:
    levels = ["a"] * 500 + ["b"] * 500 + [None] * 4
    table = thresholds(levels, [*range(500), *range(-390, 110), 1000, 1, 2, 3])
    figures = ["selected_before", "selected_after", "rate_before", "rate_after"]
    assert table.loc["unknown", figures].isna().all()
    assert table.loc["unknown", "own_threshold"] == table.loc["unknown", "common_threshold"]
    # Nor is the number of those selected of the unknown what is left of everybody.
    assert table["is_hidden"].sum() >= 2


@pytest.mark.build
def test_the_demo_says_whom_the_data_covers(demo: Project) -> None:
    table = demo.query("select * from group_coverage where group_name = 'area_type'").set_index(
        ["coverage", "group_level"]
    )
    counted = demo.query(
        """
        select area_type, count(*) as customers, sum(is_in_tracking::int) as tracked
        from int_segments__customers where area_type is not null group by all
        """
    )
    for level, customers_there, tracked in counted.itertuples(index=False):
        assert table.loc[("tracking", level), ["level_count", "customer_count"]].tolist() == [customers_there, tracked]
    everybody = demo.query("select customer_count, unprofiled_count from population_totals order by as_of_date").iloc[
        -1
    ]
    parts = demo.query(
        """
        select group_name, sum(customer_count) as customers, sum(customer_count - covered_count) as unprofiled
        from int_bias__coverage where coverage = 'profiling' group by all
        """
    ).set_index("group_name")
    assert set(parts["customers"]) == {everybody["customer_count"]}
    assert set(parts["unprofiled"]) == {everybody["unprofiled_count"]}


SHARES = {"female": 0.3, "male": 0.7}


@pytest.fixture(scope="module")
def balanced(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> tuple[Project, Run]:
    """A copy of the demo with a reference population, a decision by number and decisive segments."""
    project = Project(tmp_path_factory.mktemp("balanced"))
    shutil.copy(demo.database, project.database)
    rows = "".join(f"gender,{level},{share}\n" for level, share in SHARES.items())
    (project.folder / "population.csv").write_text("group_name,level,share\n" + rows)
    bias = ("path:models/intermediate/bias", "path:python_models/bias", "path:models/marts/bias")
    given = {
        "reference_population": f"'{project.folder / 'population.csv'}'",
        "threshold_decisions": {"revenue_365_days": {"share": 0.2, "quality": "revenue"}},
        "decisive_segments": ["value_low", "cluster", "value_lwo"],
    }
    return project, project.build("--select", *bias, variables=given)


@pytest.mark.build
def test_a_population_and_decisions_give_weights_and_thresholds(balanced: tuple[Project, Run]) -> None:
    project, _ = balanced
    weighted = project.query(
        """
        select customers.gender, sum(weight) / sum(sum(weight)) over () as share
        from int_segments__customers as customers
        inner join group_weights as weights
            on coalesce(customers.age_band, 'unknown') = weights.age_band
            and customers.gender = weights.gender
            and coalesce(customers.area_type, 'unknown') = weights.area_type
        group by customers.gender
        """
    )
    assert dict(weighted.itertuples(index=False)) == pytest.approx(SHARES, abs=1e-3)
    effect = project.query("select * from weighted_segments")
    assert set(effect["verdict"]) == {"balanced"}
    assert (effect["design_effect"] > 1.05).all()
    coverage = project.query(
        "select group_level, representation_index from group_coverage where coverage = 'population'"
    )
    assert dict(coverage.dropna().itertuples(index=False))["female"] > 1.5
    suggested = project.query(
        """
        select group_level, selected_after, counted
        from group_thresholds
        inner join (
            select area_type, count(*) as counted
            from int_segments__customers
            inner join group_thresholds on area_type = group_level and group_name = 'area_type'
            where revenue_365_days >= own_threshold group by all
        ) on area_type = group_level
        where not is_hidden
        """
    )
    assert len(suggested) > 1
    assert (suggested["selected_after"] == suggested["counted"]).all()


@pytest.mark.build
def test_the_gate_says_the_worst_of_each_group(balanced: tuple[Project, Run]) -> None:
    project, run = balanced
    said = re.findall(r"Gate warns: (.*)", run.output)
    worst = project.query(
        """
        select group_name, count(distinct segment_key) as segments, min(selection_ratio) as ratio
        from group_representation
        where verdict = 'under_four_fifths' and (segment_key = 'value_low' or segmentation = 'cluster')
        group by all order by all
        """
    )
    assert len(said) == len(worst) + 1
    assert "decisive_segments names value_lwo, of which" in said[-1]
    for line, (group, segments, ratio) in zip(said[:-1], worst.itertuples(index=False), strict=True):
        assert line.startswith(f"{group}: in {segments} of 7 decisive segments")
        assert f"{ratio:.2f} times as often as" in line
