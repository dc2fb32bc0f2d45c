"""What is missing of whom: dependence is found where it is, not where it is not, and small groups stay hidden."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import chi2_contingency

from strate.disclosure import hidden_levels
from strate.missingness import report_missingness

from conftest import Project

DATE = pd.Timestamp("2025-12-31")


def counts(levels: dict[str, int], **known: list[int]) -> pd.DataFrame:
    """Return counts of one group with these levels, and of everybody."""
    group = pd.DataFrame({"group_level": list(levels), "customer_count": list(levels.values())})
    group = group.assign(group_name="gender", **{f"{name}_known": values for name, values in known.items()})
    total = group.select_dtypes("number").sum().to_frame().T.assign(group_name="all", group_level="all")
    return pd.concat([group, total], ignore_index=True).assign(as_of_date=DATE)


def test_dependence_is_told_by_size_not_by_significance_alone() -> None:
    levels = {"female": 50_000, "male": 50_000}
    table = report_missingness(counts(levels, income=[40_000, 30_000], age=[45_000, 44_600], home=[45_000, 45_010]))
    tests = table[table["group_level"] == "female"].set_index("feature")
    assert tests["verdict"].to_dict() == {
        "income": "depends_on_group",
        "age": "no_dependence_seen",  # significant, and next to nothing
        "home": "no_dependence_seen",
    }
    assert tests.loc["age", "q_value"] < 0.05
    known = chi2_contingency([[40_000, 30_000], [10_000, 20_000]], correction=False)
    assert tests.loc["income", "chi_square"] == pytest.approx(known.statistic)
    assert tests.loc["income", "p_value"] == pytest.approx(known.pvalue)
    assert tests.loc["age", "q_value"] == pytest.approx(tests.loc["age", "p_value"] * 3 / 2)
    assert table.loc[table["group_name"] == "all", "verdict"].isna().all()
    assert table.loc[table["group_level"] == "male", "missing_share"].tolist() == [0.4, 0.108, 0.0998]


def test_features_without_a_test_say_why() -> None:
    table = report_missingness(counts({"female": 100, "male": 100}, a=[100, 100], b=[0, 0], c=[99, 98]))
    verdicts = table[table["group_level"] == "male"].set_index("feature")["verdict"]
    assert verdicts.to_dict() == {"a": "nothing_missing", "b": "all_missing", "c": "not_tested"}
    alone = report_missingness(counts({"female": 100, "unknown": 100}, a=[50, 10]))
    assert set(alone.loc[alone["group_name"] == "gender", "verdict"]) == {"not_tested"}
    nobody = report_missingness(counts({"female": 1}, a=[1]).query("customer_count < 0"))
    assert len(nobody) == 0


def test_a_small_level_is_hidden_and_has_no_say() -> None:
    levels = {"female": 500, "male": 400, "other": 4}
    table = report_missingness(counts(levels, income=[300, 300, 0]), min_group_size=10)
    group = table[table["group_name"] == "gender"].set_index("group_level")
    assert group["is_hidden"].to_dict() == {"female": False, "male": True, "other": True}
    assert group.loc[["male", "other"], ["customer_count", "missing_count", "missing_share"]].isna().all(axis=None)
    assert set(group["verdict"]) == {"not_tested"}
    assert not table.loc[table["group_name"] == "all", "is_hidden"].any()


def test_the_unknown_hide_nobody() -> None:
    """Their number is what the group's own column misses, so that a level hidden beside them alone would be found."""
    levels = {"female": 500, "male": 400, "other": 4, "unknown": 20}
    table = report_missingness(counts(levels, income=[300, 300, 0, 0]), min_group_size=10)
    group = table[table["group_name"] == "gender"].set_index("group_level")
    assert group["is_hidden"].to_dict() == {"female": False, "male": True, "other": True, "unknown": False}
    few = report_missingness(counts({"female": 500, "male": 400, "unknown": 4}, income=[300, 300, 0]))
    assert few.loc[few["is_hidden"], "group_level"].tolist() == ["unknown"]


@given(st.lists(st.integers(0, 60), min_size=1, max_size=8), st.integers(0, 30))
def test_nobody_finds_a_small_level_by_subtraction(sizes: list[int], minimum: int) -> None:
    sizes = np.array(sizes)
    hidden = hidden_levels(sizes, minimum)
    assert not ((sizes > 0) & (sizes < minimum) & ~hidden).any()
    if hidden.any():
        there = hidden[sizes > 0]
        assert (there.sum() >= 2 and sizes[hidden].sum() >= minimum) or there.all()
    else:
        assert (sizes[sizes > 0] >= minimum).all()


@pytest.mark.build
def test_the_demo_says_what_is_missing_of_whom(demo: Project) -> None:
    table = demo.query("select * from feature_missingness")
    everybody = table[table["group_name"] == "all"].set_index("feature")
    true_share = demo.query(
        """
        select
            avg((annual_income is null)::int) as annual_income,
            avg((recency_days is null)::int) as recency_days
        from customer_features
        where as_of_date = (select max(as_of_date) from customer_features)
        """
    ).iloc[0]
    for feature, share in true_share.items():
        assert everybody.loc[feature, "missing_share"] == pytest.approx(share, abs=1e-6)
    filled = demo.query(
        """
        select avg(annual_income_is_imputed::int) as share from customer_features_prepared
        where as_of_date = (select max(as_of_date) from customer_features)
        """
    )
    assert everybody.loc["annual_income", "imputed_share"] == pytest.approx(filled["share"].iloc[0])
    assert everybody.loc["recency_days", "imputed_share"] == 0
    assert set(table["system"]) == {"crm", "erp", "tracking", "survey", "geo"}
    shown = table.loc[~table["is_hidden"] & (table["group_name"] != "all"), "customer_count"]
    assert (shown >= 10).all()
