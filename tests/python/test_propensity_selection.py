"""Features that tell something are kept, by either method; what tells nothing is dropped, with the reason."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from strate.scores.propensity.selection import COLUMNS, select_features
from strate.threads import one_thread

NOISE = [f"noise_{number}" for number in range(20)]
FEATURES = ["rises", "left", "right", "same", "twin", "nothing", "sparse", *NOISE]


@pytest.fixture(scope="module")
def customers() -> pd.DataFrame:
    """3,000 customers at two dates: `left` and `right` matter together only, `missing` of `sparse` matters."""
    stream = np.random.default_rng(6)
    count = 6_000
    frame = pd.DataFrame(stream.normal(size=(count, len(NOISE))), columns=NOISE)
    for name in ("rises", "left", "right"):
        frame[name] = stream.normal(size=count)
    frame["same"], frame["nothing"] = 1.0, None
    frame["twin"] = frame["rises"]
    frame["sparse"] = np.where(stream.random(count) < 0.7, np.nan, stream.normal(size=count))
    frame["kind"] = stream.choice(["a", "b", "c"], count)
    frame["town"] = stream.integers(0, 100, count).astype(str)
    frame["customer"] = np.arange(count) % 3_000
    odds = 0.5 * frame["rises"] + np.sign(frame["left"] * frame["right"]) + 0.8 * frame["sparse"].isna()
    frame["label"] = (stream.random(count) < expit(odds - 1 + 1.2 * (frame["kind"] == "a"))).astype(int)
    return frame


def judge(frame: pd.DataFrame, label: np.ndarray | None = None, seed: int = 7) -> pd.DataFrame:
    with one_thread():
        found = select_features(
            frame, frame["label"] if label is None else label, frame["customer"], FEATURES, ["kind", "town"], seed
        )
    assert list(found.columns) == list(COLUMNS)
    return found.set_index("feature")


@pytest.fixture(scope="module")
def judged(customers) -> pd.DataFrame:
    return judge(customers)


def test_each_method_finds_its_own(judged):
    assert judged.index.tolist() == [*FEATURES, "kind", "town"]
    assert judged.loc["rises", "reason"] == "both"
    assert judged.loc[["left", "right"], "reason"].tolist() == ["permutation"] * 2
    assert judged.loc[["sparse", "kind"], "is_kept"].all()
    assert judged.loc["rises", "lasso_rank"] <= 2
    assert judged.loc["rises", "lasso_coefficient"] > 0
    assert judged.loc["left", "permutation_importance"] > 5 * judged.loc["left", "permutation_deviation"]


def test_what_tells_nothing_is_dropped_and_named(judged):
    assert judged.loc["same", "reason"] == "constant"
    assert judged.loc["nothing", "reason"] == "all_null"
    assert judged.loc["twin", "reason"] == "duplicate_of: rises"
    assert not judged.loc[["same", "nothing", "twin"], "is_kept"].any()
    assert judged.loc[NOISE, "is_kept"].sum() <= 3
    assert set(judged.loc[~judged["is_kept"]].index) >= {"same", "nothing", "twin"}
    dropped = judged.loc[NOISE][~judged.loc[NOISE, "is_kept"]]
    assert set(dropped["reason"]) == {"no_signal"}


def test_a_category_of_many_levels_is_not_kept_for_them(judged):
    assert not judged.loc["town", "is_kept"]
    assert judged.loc["town", "single_auc"] < 0.54


def test_single_auc_is_of_the_feature_alone_in_either_direction(customers, judged):
    assert judged.loc["rises", "single_auc"] > 0.58
    assert judged.loc["left", "single_auc"] < 0.53
    assert judged.loc["sparse", "single_auc"] > 0.56
    told = customers.assign(
        left=-customers["label"], right=np.where(customers["label"] == 1, np.nan, customers["right"])
    )
    leaky = judge(told)
    assert leaky.loc["left", "single_auc"] == 1
    assert leaky.loc["right", "single_auc"] == 1


def test_a_label_by_chance_keeps_next_to_nothing(customers):
    label = np.random.default_rng(1).permutation(customers["label"])
    assert judge(customers, label)["is_kept"].sum() <= 3


def test_it_is_the_same_each_time(customers, judged):
    pd.testing.assert_frame_equal(judge(customers), judged)


def test_one_class_alone_has_no_signal(customers):
    found = judge(customers, np.ones(len(customers)))
    assert not found["is_kept"].any()
    assert set(found["reason"]) == {"constant", "all_null", "duplicate_of: rises", "no_signal"}
