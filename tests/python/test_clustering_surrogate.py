"""The surrogate: a clustering told as rules, and what the rules are worth."""

import duckdb
import numpy as np
import pandas as pd
import pytest

from strate.clustering.surrogate import Surrogate, explain_clusters

N = 3000
RANDOM = np.random.RandomState(4)
BUYERS = pd.DataFrame(
    {
        "order_count": RANDOM.randint(1, 12, N).astype("float64"),
        "recency_days": RANDOM.randint(0, 400, N).astype("float64"),
        "average_order_value": RANDOM.lognormal(4, 0.5, N),
    }
)
NEVER = pd.DataFrame({"order_count": [0.0] * 600, "recency_days": np.nan, "average_order_value": np.nan})
FEATURES = list(BUYERS.columns)
FRAME = pd.concat([BUYERS, NEVER], ignore_index=True)
LABELS = np.select(
    [FRAME["recency_days"].isna(), (FRAME["order_count"] > 5) & (FRAME["recency_days"] <= 90)], [1, 2], 3
)


def texts(found: Surrogate) -> dict[int, str | None]:
    return {rule.cluster: rule.text for rule in found.rules}


def test_rules_that_made_the_clusters_are_found_again() -> None:
    found = explain_clusters(FRAME, FEATURES, LABELS)
    assert found.outcome == "explained"
    assert found.fidelity == 1
    assert {rule.cluster: (rule.precision, rule.coverage) for rule in found.rules} == dict.fromkeys((1, 2, 3), (1, 1))
    assert texts(found)[2] == "order_count > 5 and recency_days <= 90"
    assert texts(found)[1] in ("recency_days is null", "order_count <= 0", "average_order_value is null")


def test_the_figures_are_those_of_rows_that_were_not_learned_from() -> None:
    """Labels that nothing tells: the tree learns some by heart, and gains nothing by it."""
    random = np.random.RandomState(1)
    frame = pd.DataFrame(random.normal(size=(4000, 5)), columns=list("abcde"))
    found = explain_clusters(frame, list("abcde"), random.randint(1, 3, 4000), max_depth=8)
    assert found.fidelity == pytest.approx(0.5, abs=0.04)
    assert all(rule.precision == pytest.approx(0.5, abs=0.05) for rule in found.rules if rule.n_rows > 300)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_rule_is_sql_with_the_precision_and_coverage_that_it_says(seed: int) -> None:
    """Asked of rows of the same kind, in a database, the condition takes in the customers that it should."""
    random = np.random.RandomState(seed)

    def draw(n: int) -> tuple[pd.DataFrame, np.ndarray]:
        frame = pd.DataFrame(random.lognormal(3, 1, size=(n, 3)), columns=list("abc")).round(2)
        frame["d"] = random.poisson(3, n).astype("float64")
        frame = frame.mask(random.rand(n, 4) < 0.1)
        score = np.log(frame["a"].fillna(90)) + frame["d"].fillna(0) + random.normal(0, 0.5, n)
        return frame, np.digitize(score, [4.5, 6, 7.5])  # the lowest are noise

    frame, labels = draw(8000)
    found = explain_clusters(frame, list("abcd"), labels)
    assert [rule.cluster for rule in found.rules] == [1, 2, 3]
    fresh, labels = draw(8000)
    table = fresh.assign(cluster=labels)
    with duckdb.connect() as connection:
        connection.register("customers", table)
        for rule in found.rules:
            [(under, both, members)] = connection.execute(
                f"""
                select count(*) filter ({rule.text}), count(*) filter (({rule.text}) and cluster = {rule.cluster}),
                    count(*) filter (cluster = {rule.cluster})
                from (select * replace (if(isnan(a), null, a) as a, if(isnan(b), null, b) as b,
                    if(isnan(c), null, c) as c, if(isnan(d), null, d) as d) from customers)
                """
            ).fetchall()
            assert under > 300
            assert rule.precision == pytest.approx(both / under, abs=0.06)
            assert rule.coverage == pytest.approx(both / members, abs=0.06)


def test_cuts_are_round_and_conditions_merged() -> None:
    found = explain_clusters(
        FRAME, FEATURES, pd.cut(FRAME["average_order_value"].fillna(0), [-1, 41, 72, 1e9]).cat.codes + 1
    )
    assert texts(found) == {
        1: "average_order_value <= 41 or average_order_value is null",
        2: "average_order_value > 41 and average_order_value <= 72",
        3: "average_order_value > 72",
    }


def test_a_cut_has_the_digits_that_it_needs() -> None:
    frame = pd.DataFrame({"a": np.linspace(1000, 1010, 2000)})
    found = explain_clusters(frame, ["a"], 1 + (frame["a"] > 1003.5))
    assert found.fidelity > 0.99
    cut = float(texts(found)[1].removeprefix("a <= "))
    assert cut == pytest.approx(1003.5, abs=0.1)


def test_a_feature_that_is_only_known_or_not_tells_clusters_apart() -> None:
    frame = pd.DataFrame({"a": np.where(np.arange(200) % 2, 5.0, np.nan)})
    assert texts(explain_clusters(frame, ["a"], 1 + np.arange(200) % 2)) == {1: "a is null", 2: "a is not null"}


def test_infinite_and_enormous_values_are_borne() -> None:
    frame = pd.DataFrame({"a": np.tile([1.0, np.inf, -np.inf, 1e300, np.nan], 50)})
    labels = np.tile([1, 2, 2, 3, 2], 50)
    found = explain_clusters(frame, ["a"], labels)
    assert found.fidelity == 1
    assert texts(found)[2] == "a is null"


def test_noise_has_no_rule_and_counts_in_the_fidelity() -> None:
    found = explain_clusters(FRAME, FEATURES, np.where(LABELS == 3, 0, LABELS))
    assert [rule.cluster for rule in found.rules] == [1, 2]
    assert found.fidelity == 1


def test_a_cluster_that_the_tree_cannot_tell_has_no_rule() -> None:
    labels = np.where(np.arange(len(FRAME)) % 100 == 0, 9, LABELS)
    found = explain_clusters(FRAME, FEATURES, labels, max_depth=2)
    [rule] = [rule for rule in found.rules if rule.cluster == 9]
    assert (rule.text, rule.coverage, rule.n_rows) == (None, 0, 0)
    assert np.isnan(rule.precision)


def test_a_tree_without_a_split_puts_everybody_in_the_largest_cluster() -> None:
    frame = pd.DataFrame({"a": np.arange(1000.0)})
    found = explain_clusters(frame, ["a"], np.where(np.arange(1000) % 500 == 7, 2, 1), least_leaf_share=0.5)
    assert texts(found) == {1: "true", 2: None}
    assert found.rules[0].n_rows == 300


def test_the_same_again_and_no_more_rows_than_asked() -> None:
    first = explain_clusters(FRAME, FEATURES, LABELS, max_rows=1000)
    assert explain_clusters(FRAME, FEATURES, list(LABELS), max_rows=1000) == first
    assert sum(rule.n_rows for rule in first.rules) == 300
    assert explain_clusters(FRAME, FEATURES, LABELS, max_rows=1000, seed=8) != first


@pytest.mark.parametrize(
    ("frame", "labels", "outcome"),
    [
        (FRAME[:0], LABELS[:0], "too_few_rows"),
        (FRAME[:19], LABELS[:19], "too_few_rows"),
        (FRAME, np.ones(len(FRAME), dtype=int), "one_cluster"),
        (FRAME.assign(**dict.fromkeys(FEATURES, 3.0)), LABELS, "no_usable_features"),
        (FRAME.assign(**dict.fromkeys(FEATURES, np.nan)), LABELS, "no_usable_features"),
    ],
    ids=["no rows", "few rows", "one cluster", "constant", "all missing"],
)
def test_what_cannot_be_explained_is_named(frame: pd.DataFrame, labels: np.ndarray, outcome: str) -> None:
    found = explain_clusters(frame, FEATURES, labels)
    assert (found.outcome, found.rules) == (outcome, [])
    assert np.isnan(found.fidelity)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"labels": LABELS[1:]}, "labels"),
        ({"labels": LABELS - 1.5}, "labels"),
        ({"labels": LABELS - 5}, "labels"),
        ({"features": ["no_such"]}, "no_such"),
        ({"max_depth": 0}, "max_depth"),
        ({"least_leaf_share": 0.6}, "least_leaf_share"),
        ({"max_rows": 5}, "max_rows"),
        ({"seed": -1}, "seed"),
    ],
)
def test_bad_arguments_are_named(change: dict, named: str) -> None:
    arguments = {"frame": FRAME, "features": FEATURES, "labels": LABELS} | change
    with pytest.raises(ValueError, match=named):
        explain_clusters(**arguments)
