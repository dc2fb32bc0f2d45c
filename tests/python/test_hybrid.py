"""Cells of crossed segmentations: which of them join, what they are called, and whole builds with them."""

import datetime as dt
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from strate.hybrid import fit_hybrids, merge_cells, name_group

from conftest import NO_DEMO_SEEDS, Project, tiny_vars


def _cells(*rows: tuple[str, str, int, float | None], minimum: int = 100, segmentation: str = "mix") -> pd.DataFrame:
    """Return cells of two dimensions with one feature: value, value, customers, mean."""
    return pd.DataFrame(
        [
            {
                "segmentation": segmentation,
                "as_of_date": dt.date(2025, 6, 30),
                "min_size": minimum,
                **{f"value_{number}": value for number, value in enumerate([one, two, "", ""], 1)},
                **{f"key_{number}": value for number, value in enumerate([one, two, "", ""], 1)},
                **{f"name_{number}": value for number, value in enumerate([one, two, "", ""], 1)},
                "customer_count": count,
                "mean_spend": np.nan if mean is None else mean,
            }
            for one, two, count, mean in rows
        ]
    )


def test_a_small_cell_joins_the_nearest_that_shares_all_but_one_value() -> None:
    cells = _cells(
        ("High", "New", 20, 1.0),
        ("High", "Lapsed", 300, 3.0),
        ("Low", "New", 200, 1.5),
        ("Low", "Lapsed", 400, 1.0),  # the same profile, but nothing in common
    )
    found = fit_hybrids(cells).set_index(["value_1", "value_2"])
    assert found["segment_key"].to_dict() == {
        ("High", "New"): "mix_low_new",
        ("High", "Lapsed"): "mix_high_lapsed",
        ("Low", "New"): "mix_low_new",
        ("Low", "Lapsed"): "mix_low_lapsed",
    }
    assert found["outcome"].to_dict() == {
        ("High", "New"): "joined",
        ("High", "Lapsed"): "kept",
        ("Low", "New"): "took_others_in",
        ("Low", "Lapsed"): "kept",
    }
    assert found.loc[("High", "New"), "segment_name"] == "Low or high, new"
    assert "20 customers, fewer than 100: with Low, new, 0.50" in found.loc[("High", "New"), "reason"]


def test_a_cell_without_neighbours_joins_the_nearest_of_all() -> None:
    found = fit_hybrids(_cells(("A", "x", 10, 0.0), ("B", "y", 200, 2.0), ("C", "z", 200, 1.0)))
    assert found["segment_key"].tolist() == ["mix_c_z", "mix_b_y", "mix_c_z"]


def test_small_cells_may_be_enough_together_and_go_by_the_largest() -> None:
    found = fit_hybrids(_cells(("A", "x", 50, 0.0), ("A", "y", 60, 0.0), ("B", "z", 500, 0.0)))
    assert found["segment_key"].tolist() == ["mix_a_y", "mix_a_y", "mix_b_z"]


@pytest.mark.parametrize(
    ("rows", "n_segments"),
    [
        ([("A", "x", 5, 0.0)], 1),
        ([("A", "x", 5, 0.0), ("B", "y", 6, None)], 1),
        ([("A", "x", 99, 0.0), ("B", "x", 5000, 1.0)], 1),
        ([("A", "x", 100, 0.0), ("B", "x", 100, None)], 2),
    ],
    ids=["one cell", "too few customers", "one small cell beside a large one", "nothing to compare"],
)
def test_degenerate_crosses_have_a_named_outcome(rows: list[tuple], n_segments: int) -> None:
    found = fit_hybrids(_cells(*rows))
    assert found["segment_key"].nunique() == n_segments
    assert set(found["outcome"]) == ({"one_segment"} if n_segments == 1 else {"kept"})


def test_no_cells_are_a_table_without_rows() -> None:
    found = fit_hybrids(_cells(("A", "x", 5, 0.0)).iloc[:0])
    assert len(found) == 0
    assert list(found) == list(fit_hybrids(_cells(("A", "x", 5, 0.0))))


def test_crosses_do_not_mix_and_each_has_its_own_minimum() -> None:
    rows = [("A", "x", 20, 0.0), ("B", "x", 30, 0.0)]
    found = fit_hybrids(pd.concat([_cells(*rows, minimum=20), _cells(*rows, minimum=21, segmentation="other")]))
    assert found.groupby("segmentation")["segment_key"].nunique().to_dict() == {"mix": 2, "other": 1}


def test_values_that_are_written_alike_in_a_key_keep_keys_of_their_own() -> None:
    found = fit_hybrids(
        _cells(("A b", "x", 200, 0.0), ("A-b", "x", 200, 0.0), ("日本", "x", 200, 0.0), ("大阪", "x", 200, 0.0))
    )
    assert found["segment_key"].nunique() == 4


def test_too_many_cells_are_refused_by_name() -> None:
    cells = _cells(*[(f"c{number}", "x", 1, 0.0) for number in range(5001)])
    with pytest.raises(ValueError, match="`mix` has 5,001 cells"):
        fit_hybrids(cells)


@pytest.mark.parametrize(
    ("cells", "name"),
    [
        ([("High value", "Lapsed")], "High value, lapsed"),
        ([("High value", "Lapsed"), ("High value", "Cooling")], "High value, lapsed or cooling"),
        ([("High value", "Lapsed"), ("Low value", "Lapsed")], "High or low value, lapsed"),
        ([("age 25 to 39", "VIP"), ("age 40 to 59", "VIP")], "Age 25 to 39 or 40 to 59, VIP"),
        ([("A", "X"), ("B", "Y")], "A, X; B, Y"),
        ([("A", "V"), ("B", "W"), ("C", "X"), ("D", "Y"), ("D", "Z")], "A, V; B, W; C, X; and 2 more"),
    ],
)
def test_names_say_what_holds(cells: list[tuple[str, str]], name: str) -> None:
    assert name_group(cells) == name


@given(
    st.dictionaries(
        st.tuples(st.integers(0, 4), st.integers(0, 3)),
        st.tuples(st.integers(1, 60), st.one_of(st.none(), st.floats(-3, 3)), st.floats(-3, 3)),
        min_size=1,
    ),
    st.integers(1, 150),
    st.randoms(use_true_random=False),
)
def test_every_group_has_the_minimum_and_the_order_of_cells_decides_nothing(cells, minimum, random) -> None:
    values = np.array(list(cells))
    sizes = np.array([count for count, *_ in cells.values()])
    profiles = np.array([[np.nan if one is None else one, two] for _, one, two in cells.values()])
    order = np.lexsort(values.T[::-1])
    groups, moves = merge_cells(values[order], sizes[order], profiles[order], minimum)
    totals = {group: sizes[order][groups == group].sum() for group in set(groups)}
    assert len(totals) == 1 or min(totals.values()) >= minimum
    for group in totals:
        assert sizes[order][group] == sizes[order][groups == group].max()
    # Nobody moves without need.
    if (sizes >= minimum).all():
        assert len(totals) == len(sizes)
        assert not moves
    frame = _cells(*[(str(a), str(b), count, two) for (a, b), (count, _, two) in cells.items()], minimum=minimum)
    shuffled = frame.iloc[random.sample(range(len(frame)), len(frame))]
    pd.testing.assert_frame_equal(fit_hybrids(shuffled), fit_hybrids(frame))


@pytest.mark.build
def test_a_build_crosses_segmentations_rules_and_columns_and_covers_everybody(
    tiny_inputs: Path, tmp_path: Path
) -> None:
    project = Project(tmp_path)
    variables = tiny_vars(
        tiny_inputs,
        segment_rules={
            "care_often": {"name": "Often", "exclusive_in": "care", "priority": 1, "when": {"order_count": ">= 3"}}
        },
        hybrid_segmentations={
            "age_by_care": {
                "cross": [
                    {"column": "age_years", "bands": [30, 50], "label": "age {}"},
                    "care",
                    {"column": "is_in_erp"},
                ],
                "min_size": 15,
            },
            "category_by_value": {"cross": [{"column": "favourite_category"}, "value"], "min_size": 1},
        },
    )
    project.build(*NO_DEMO_SEEDS, variables=variables)

    # The unmerged cross is a plain count, worked out here from the features.
    expected = project.query(
        """
        select case when age_years is null then 'unknown' when age_years < 30 then 'under 30'
                when age_years < 50 then '30 to 49' else '50 and over' end as value_1,
            case when order_count >= 3 then 'care_often' else 'care_rest' end as value_2,
            case when is_in_erp then 'yes' else 'no' end as value_3,
            count(*) as customer_count
        from (from customer_features qualify as_of_date = max(as_of_date) over ()) group by all order by all
        """
    )
    cells = project.query(
        """
        select value_1, value_2, value_3, customer_count from hybrid_cells
        where segmentation = 'age_by_care' order by all
        """
    )
    pd.testing.assert_frame_equal(cells, expected)
    assert (cells["customer_count"] < 15).any()

    segments = project.query("select * from segments where segmentation = 'age_by_care'")
    assert segments["customer_count"].min() >= 15
    assert segments["customer_count"].sum() == expected["customer_count"].sum()
    merged = project.query(
        """
        select segment_key, segment_name, sum(customer_count) as n from hybrid_cells
        where segmentation = 'age_by_care' group by all
        """
    )
    assert dict(zip(merged["segment_key"], merged["n"], strict=True)) == dict(
        zip(segments["segment_key"], segments["customer_count"], strict=True)
    )
    assert set(segments["segment_name"]) == set(merged["segment_name"])
    assert any("ge 30 to 49" in name and "often" in name for name in segments["segment_name"])

    kept = project.query("select * from hybrid_cells where segmentation = 'category_by_value'")
    assert set(kept["outcome"]) == {"kept"}
    assert kept["segment_key"].is_unique
    # Everybody who bought nothing has no category and no value: one cell, with a name to read.
    assert "Favourite category unknown, no value" in set(kept["segment_name"])


@pytest.mark.build
def test_crosses_that_cannot_be_made_stop_dbt_while_it_parses(tmp_path: Path) -> None:
    crosses = {
        "rfm": {"cross": ["value", "lifecycle"]},
        "alone": {"cross": ["value"]},
        "unknown": {"cross": ["valeu", {"column": "age_yeras", "bands": [1]}]},
        "no_bands": {"cross": ["value", {"column": "age_years"}]},
        "falling": {"cross": ["value", {"column": "age_years", "bands": [40, 30]}]},
        "banded_text": {"cross": ["value", {"column": "gender", "bands": [1]}]},
        "odd": {"cross": ["value", "lifecycle"], "min_size": "many", "minimum": 3},
    }
    run = Project(tmp_path).dbt("parse", variables={"hybrid_segmentations": crosses})
    assert run.returncode != 0
    lines = [line for line in run.output.splitlines() if "var `hybrid_segmentations`" in line]
    for key, part in [
        ("rfm", "name of a segmentation"),
        ("alone", "two to four"),
        ("unknown", "take one of value"),
        ("unknown", "take one of age_years"),
        ("no_bands", "rising values"),
        ("falling", "rising values"),
        ("banded_text", "no number"),
        ("odd", '"many"'),
        ("odd", "`minimum`"),
    ]:
        assert any(f"`{key}`" in line and part in line for line in lines), (key, part, run.output)
