"""Missing values are filled by what the data bears out, date by date, and every case without an answer has a name."""

import numpy as np
import pandas as pd
import pytest

from strate.imputation import impute_customers
from strate.imputation.impute import choose_method

from conftest import NO_DEMO_SEEDS, Project, tiny_vars

FIRST, SECOND = pd.Timestamp("2025-06-30"), pd.Timestamp("2025-12-31")


def customers(count: int = 400, date: pd.Timestamp = FIRST, seed: int = 1, missing: float = 0.2) -> pd.DataFrame:
    """Return customers whose income follows from what they spend, their home in steps, their age from nothing."""
    stream = np.random.RandomState(seed)
    spent = np.exp(stream.normal(4, 1, count))
    frame = pd.DataFrame(
        {
            "customer_id": [f"{number:032x}" for number in range(count)],
            "as_of_date": date,
            "spent": spent,
            "income": 100 * spent * np.exp(stream.normal(0, 0.1, count)),
            "age": stream.randint(18, 90, count).astype(float),
            "home": np.where(spent > 80, "urban", np.where(spent > 30, "suburban", "rural")).astype(object),
        }
    )
    for column in ("income", "age", "home"):
        frame.loc[stream.rand(count) < missing, column] = None
    return frame


SETTINGS = {"features": ["income", "age", "home"], "categories": ["home"], "predictors": ["spent"]}


def impute(frame: pd.DataFrame, pieces: list[pd.DataFrame] | None = None, **settings: object) -> pd.DataFrame:
    return impute_customers(frame, pieces or [frame], **(SETTINGS | settings)).to_pandas()


def methods_of(table: pd.DataFrame) -> pd.DataFrame:
    return table[table["record_type"] == "method"]


def values_of(table: pd.DataFrame) -> pd.DataFrame:
    values = table[table["record_type"] == "value"]
    return values[["as_of_date", "customer_id", "feature", "method", "value_number", "value_text"]]


def test_a_feature_gets_the_method_that_the_data_bear_out() -> None:
    table = methods_of(impute(customers()))
    chosen = table[table["is_chosen"]].set_index("feature")
    assert chosen.loc["income", "method"] == "regression"  # a power of what was spent
    assert chosen.loc["income", "error"] < 0.3 * chosen.loc["income", "baseline_error"]
    assert chosen.loc["home", "method"] == "knn"  # in steps, which no line follows
    assert chosen.loc["home", "error"] < 0.2 * chosen.loc["home", "baseline_error"]
    assert chosen.loc["age", "method"] == "median"  # nothing tells it, so the simplest wins
    assert set(table["outcome"]) == {"fitted"}
    errors = table[table["method"] == "median"]
    assert (errors["error"] == errors["baseline_error"]).all()


def test_filled_values_are_near_the_truth_that_was_hidden() -> None:
    truth = customers(missing=0)
    hidden = truth.copy()
    hidden.loc[::5, ["income", "home"]] = None
    filled = values_of(impute(hidden)).pivot(index="customer_id", columns="feature", values="value_number")
    income = truth.set_index("customer_id")["income"]
    relative = (filled["income"] / income.loc[filled.index]).to_numpy()
    assert np.median(np.abs(np.log(relative))) < 0.12


def test_each_missing_value_is_filled_once_and_no_other() -> None:
    frame = customers()
    values = values_of(impute(frame))
    found = set(zip(values["customer_id"], values["feature"], strict=True))
    assert len(found) == len(values)
    assert found == {
        (row.customer_id, feature)
        for row in frame.itertuples()
        for feature in SETTINGS["features"]
        if pd.isna(getattr(row, feature))
    }
    for feature in ("income", "age"):
        numbers = values.loc[values["feature"] == feature, "value_number"]
        assert numbers.between(frame[feature].min(), frame[feature].max()).all()
    ages = values.loc[values["feature"] == "age", "value_number"]
    assert (ages == ages.round()).all()
    assert set(values.loc[values["feature"] == "home", "value_text"]) <= {"urban", "suburban", "rural"}


def test_neither_row_order_nor_pieces_change_anything() -> None:
    frame = customers()
    shuffled = frame.sample(frac=1, random_state=3)
    whole, parted = impute(frame), impute(shuffled, [frame[:150], frame[150:]])
    order = ["record_type", "customer_id", "feature", "method"]
    pd.testing.assert_frame_equal(
        whole.sort_values(order, ignore_index=True), parted.sort_values(order, ignore_index=True)
    )


def test_no_later_date_reaches_back() -> None:
    early = customers()
    later = [customers(date=SECOND, seed=seed).assign(income=lambda rows: rows["income"] * 50) for seed in (2, 3)]
    tables = [impute(pd.concat([early, rows])) for rows in later]
    assert not tables[0].equals(tables[1])
    early_rows = [table[table["as_of_date"] == FIRST].reset_index(drop=True) for table in tables]
    pd.testing.assert_frame_equal(*early_rows)
    alone = impute(early)
    pd.testing.assert_frame_equal(
        values_of(early_rows[0]).reset_index(drop=True), values_of(alone).reset_index(drop=True)
    )


@pytest.mark.parametrize(
    ("income", "outcome", "filled"),
    [
        (lambda rows: None, "all_missing", False),
        (lambda rows: np.where(rows.index < 100, rows["income"], np.nan), "too_much_missing", False),
        (lambda rows: np.where(rows.index % 10 < 9, 5.0, np.nan), "constant", True),
        (lambda rows: np.where(rows.index % 10 < 9, np.inf, 5.0), "too_much_missing", False),
        (lambda rows: rows["spent"] * 1e290, "complete", False),
    ],
)
def test_a_column_without_an_answer_has_an_outcome(income: object, outcome: str, filled: bool) -> None:
    frame = customers().assign(income=income)
    table = impute(frame)
    rows = methods_of(table)
    assert set(rows.loc[rows["feature"] == "income", "outcome"]) == {outcome}
    values = values_of(table)
    assert ("income" in set(values["feature"])) == filled
    if filled:
        assert set(values.loc[values["feature"] == "income", "value_number"]) == {5.0}
    assert np.isfinite(values.loc[values["feature"] == "age", "value_number"]).all()


def test_few_customers_one_and_none_have_outcomes() -> None:
    few = methods_of(impute(customers(25)))
    assert set(few["outcome"]) == {"too_few_known"}
    one = impute(customers(1, missing=0))
    assert set(one["outcome"]) == {"too_few_known"}
    assert len(impute(customers(0))) == 0
    assert len(impute(customers(0), [customers()])) == 0  # nobody to learn from: nobody is filled


def test_one_method_alone_is_taken() -> None:
    table = methods_of(impute(customers(), methods=["knn"]))
    assert set(table["method"]) == {"knn"}
    assert table["is_chosen"].all()
    assert (table["error"] != table["baseline_error"]).all()


@pytest.mark.parametrize(
    ("errors", "chosen"),
    [
        ({"median": 1.04, "regression": 1.0, "knn": 1.01}, "median"),
        ({"median": 1.06, "regression": 1.04, "knn": 1.0}, "regression"),
        ({"median": 1.2, "regression": 1.06, "knn": 1.0}, "knn"),
        ({"median": 0.0, "regression": 0.0}, "median"),
    ],
)
def test_the_simplest_method_near_the_best_is_chosen(errors: dict[str, float], chosen: str) -> None:
    assert choose_method(errors) == chosen


def test_an_unknown_method_is_named() -> None:
    with pytest.raises(ValueError, match="'median', 'regression', 'knn'; got 'mean'"):
        impute(customers(), methods=["mean"])


@pytest.mark.build
def test_the_demo_is_filled_better_than_by_medians(demo: Project) -> None:
    methods = demo.query("select * from imputation_methods")
    assert (methods.loc[methods["is_chosen"], "error"] <= methods.loc[methods["is_chosen"], "baseline_error"]).all()
    saved = methods[methods["is_chosen"]].groupby("feature")["skill"].min()
    assert (saved[["age_years", "annual_income", "household_size"]] > 0.2).all()
    wrong = demo.query(
        """
        select count(*) as count
        from customer_features as features
        full join customer_features_prepared as prepared using (customer_id, as_of_date)
        where
            (prepared.annual_income_is_imputed and features.annual_income is not null)
            or (features.annual_income is not null and prepared.annual_income is distinct from features.annual_income)
            or (features.is_in_crm and prepared.annual_income is null)
            or (not features.is_in_crm and prepared.annual_income_is_imputed)
            or prepared.annual_income_is_imputed is null
        """
    )
    assert wrong["count"].tolist() == [0]


@pytest.mark.build
@pytest.mark.xdist_group("inputs")
def test_nothing_is_filled_for_a_system_that_is_off(tiny_inputs, tmp_path) -> None:
    project = Project(tmp_path)
    variables = tiny_vars(tiny_inputs, crm_customers=None, geo_areas=None)
    project.build("--select", "+customer_features_prepared", "imputation_methods", *NO_DEMO_SEEDS, variables=variables)
    assert set(project.query("select outcome from imputation_methods")["outcome"]) == {"all_missing"}
    assert project.query("select count(annual_income) as n from customer_features_prepared")["n"].tolist() == [0]
