"""SQL of a scorer says what Python says, whatever the columns hold, in words that every engine reads alike."""

from functools import cache

import duckdb
import numpy as np
import pandas as pd
import pytest
import sqlglot
from hypothesis import given
from hypothesis import strategies as st
from sqlglot import expressions

from propensity_frames import BRANDS, NUMBERS, customers, learned, learned_with_model, rule
from strate.scores.propensity import expression
from strate.scores.propensity.category_levels import CategoryLevels
from strate.scores.propensity.scorer import Scorer
from strate.scores.propensity.trees import LEAF, TreeEnsemble

COUNT = 100_000
SCORERS = {
    "past_rate of purchase": lambda: rule("past_rate", "purchase"),
    "past_rate of click": lambda: rule("past_rate", "click"),
    "past_rate of churn, calibrated": lambda: rule("past_rate", "churn", calibrated=True),
    "recency": lambda: rule("recency", "purchase", calibrated=True),
    "recency of click": lambda: rule("recency", "click"),
    "logistic": lambda: learned("logistic"),
    "logistic, embedding, components": lambda: learned("logistic", "embedding", 4),
    "boosting": lambda: learned("boosting"),
    "boosting, embedding": lambda: learned("boosting", "embedding", calibrated=False),
    "random_forest": lambda: learned("random_forest"),
    "random_forest, no categories": lambda: learned("random_forest", "none", calibrated=False),
}
PORTABLE = (
    expressions.Case,
    expressions.If,  # a branch of a case
    expressions.Coalesce,
    expressions.Cast,
    expressions.TryCast,  # what a cast is on Spark
    expressions.And,
    expressions.Or,
    expressions.Exp,
    expressions.Ln,
    expressions.Abs,
)
ENGINES = ("duckdb", "postgres", "redshift", "snowflake", "bigquery", "spark", "databricks")


@cache
def scorer_of(name: str) -> Scorer:
    return SCORERS[name]()


@pytest.fixture(scope="module")
def everybody() -> pd.DataFrame:
    """Rows with what no row of the training had: infinities, other levels, nulls everywhere."""
    frame, _ = customers(COUNT, seed=11)
    stream = np.random.default_rng(3)
    frame = frame.astype({name: "float64" for name in frame.columns if frame[name].dtype.kind in "if"})
    for name in frame.columns:
        frame.loc[stream.random(COUNT) < 0.05, name] = None
    for name in ("visits", "amount", "balance", "recency_days", "order_count_365_days", "campaign_sent_count"):
        for value in (np.inf, -np.inf, 0.0, -1.0, 1e-12, 1e18, -1e300, 1e301):
            frame.loc[stream.random(COUNT) < 0.005, name] = value
    others = ["never seen", "", " ", "back/slash", "backslash", "O''Brien", "50% offXnow", "PLAIN", "plain ", "{{ x }}"]
    for other in others:
        frame.loc[stream.random(COUNT) < 0.01, "brand"] = other
    return frame


def in_duckdb(scorer: Scorer, frame: pd.DataFrame) -> np.ndarray:
    """Return probabilities that DuckDB computes, a step a subquery."""
    query = "select *, row_number() over () as place from frame"
    steps = scorer.to_sql()
    for step in sorted({step for step, _, _ in steps}):
        columns = ", ".join(f"{sql} as {name}" for number, name, sql in steps if number == step)
        query = f"select *, {columns} from ({query})"
    query = query.replace("{double}", "double")
    with duckdb.connect() as connection:
        connection.register("frame", frame)
        rows = connection.execute(f"select probability from ({query}) order by place").fetchnumpy()
    assert not np.ma.is_masked(rows["probability"])
    return np.asarray(rows["probability"])


def few_trees(scorer: Scorer) -> list[expression.Step]:
    """Return the SQL but for most of the trees, which take long to parse."""
    return [step for step in scorer.to_sql() if not step[1].startswith("tree_") or int(step[1][5:]) <= 3]


@pytest.mark.parametrize("name", SCORERS)
def test_sql_equals_python_on_any_row(name, everybody):
    scorer = scorer_of(name)
    found = in_duckdb(scorer, everybody)
    expected = scorer.predict(everybody)
    assert np.isfinite(expected).all()
    assert np.ptp(expected) > 0.1
    assert np.abs(found - expected).max() < 1e-9


@pytest.mark.parametrize("method", ["boosting", "random_forest"])
def test_trees_agree_on_thresholds_and_beside_them(method):
    scorer, model = learned_with_model(method, "none", calibrated=False)
    frame, _ = customers(2_000, seed=8)
    frame = frame.astype(dict.fromkeys(("visits", "amount", "balance"), "float64"))
    for name in ("visits", "amount", "balance"):
        position = scorer.encoder.columns_.index(name)
        asked = [tree["threshold"][tree["feature"] == position] for tree in scorer.model.trees]
        thresholds = np.unique(np.concatenate(asked))
        thresholds = thresholds[thresholds < expression.LARGEST]  # that one parts the missing from the known
        assert len(thresholds) > 3
        beside = [np.nextafter(thresholds, -np.inf), thresholds, np.nextafter(thresholds, np.inf)]
        single = [near.astype("float32").astype("float64") for near in beside]
        values = np.concatenate(beside + single)
        frame.loc[: len(values) - 1, name] = values[: len(frame)]
    expected = model.predict_proba(scorer.encoder.transform(frame))[:, 1]
    assert np.abs(scorer.predict(frame) - expected).max() < 1e-12
    assert np.abs(in_duckdb(scorer, frame) - expected).max() < 1e-12


def test_more_leaves_than_allowed_have_no_sql():
    scorer = scorer_of("boosting")
    leaves = scorer.model.leaf_count
    assert scorer.to_sql(max_leaves=leaves) is not None
    assert scorer.to_sql(max_leaves=leaves - 1) is None
    assert learned("mlp").to_sql() is None


def test_columns_of_a_step_read_earlier_steps_only():
    for scorer in map(scorer_of, SCORERS):
        known = set(scorer.features)
        steps = few_trees(scorer)
        names = [name for _, name, _ in steps]
        assert names[-1] == "probability"
        assert len(set(names)) == len(names)
        for step in sorted({step for step, _, _ in steps}):
            of_step = [(name, sql) for number, name, sql in steps if number == step]
            for _, sql in of_step:
                tree = sqlglot.parse_one(sql.replace("{double}", "double"), read="duckdb")
                assert {column.name for column in tree.find_all(expressions.Column)} <= known
            known |= {f"tree_{number}" for number in range(1, 100)} if step == 2 else set()
            known |= {name for name, _ in of_step}


@pytest.mark.parametrize("engine", ENGINES)
def test_sql_is_read_alike_by_every_engine(engine):
    for name in ("past_rate of purchase", "logistic", "boosting"):
        for _, _, sql in few_trees(scorer_of(name)):
            portable = sql.replace("{double}", "double")
            usual = sqlglot.parse_one(portable, read="duckdb")
            theirs = sqlglot.parse_one(portable, read=engine)
            functions = {type(node) for node in theirs.find_all(expressions.Func)}
            assert functions <= set(PORTABLE)
            texts = [[node.this for node in tree.find_all(expressions.Literal)] for tree in (usual, theirs)]
            assert texts[0] == texts[1]


def test_no_literal_means_something_to_an_engine_or_to_dbt():
    sql = " ".join(sql for _, _, sql in scorer_of("boosting").to_sql())
    assert "ünïcode" in sql
    assert not set('\\"{}%') & set(sql.replace("{double}", ""))
    assert "''" not in sql


@pytest.mark.parametrize("level", BRANDS)
def test_a_level_is_found_by_its_condition(level):
    condition = expression.equals("brand", level)
    with duckdb.connect() as connection:
        rows = connection.execute(f"select brand from (select unnest(?) as brand) where {condition}", [BRANDS])
        assert rows.fetchall() == [(level,)]


LETTERS = st.sampled_from(
    ["a", "b", "A", "é", "e\u0301", "🙂", "'", '"', "\\", "{", "}", "%", "_", " ", "\n", "\t", "-", ";"]
)
TEXTS = st.lists(LETTERS, max_size=4).map("".join)


@given(levels=st.lists(TEXTS, min_size=1, max_size=6, unique=True), others=st.lists(TEXTS | st.none(), max_size=6))
def test_any_text_has_one_place_in_sql_and_in_python(levels, others):
    known = CategoryLevels.of(levels)
    rows = pd.Series([*levels, *others, None], dtype=object)
    sql = known.to_sql("level", np.arange(known.size)).replace("{double}", "double")
    with duckdb.connect() as connection:
        found = connection.execute(f"select {sql} from (select unnest(?::varchar[]) as level)", [rows.tolist()])
        assert [place for (place,) in found.fetchall()] == known.places(rows).tolist()


@pytest.mark.parametrize("value", [0.1, -0.1, 1 / 3, 5e-324, -1e-7, 1e300, 2.0**53 + 2, 0.0, 12345678.9, 1e16])
def test_a_number_survives_to_the_last_bit(value):
    with duckdb.connect() as connection:
        (found,), *_ = connection.execute(f"select 0e0 + {expression.number(value)}").fetchall()
    assert found == value
    assert isinstance(found, float)


def test_what_has_no_literal_is_an_error():
    with pytest.raises(ValueError, match="finite"):
        expression.number(np.nan)
    with pytest.raises(ValueError, match="'a b'"):
        expression.name("a b")


def test_leaf_values_of_a_lone_leaf():
    tree = {name: np.array([0], dtype="int64") for name in ("left", "right", "goes_left")}
    tree |= {"feature": np.array([LEAF]), "threshold": np.array([0.0]), "value": np.array([0.25])}
    forest = TreeEnsemble(None, [tree, tree])
    assert forest.probability(np.full((3, 2), np.nan)).tolist() == [0.25] * 3


def test_a_feature_of_which_nothing_was_known_is_not_read():
    assert "unknown_to_all" in NUMBERS
    assert "unknown_to_all" not in scorer_of("boosting").features
