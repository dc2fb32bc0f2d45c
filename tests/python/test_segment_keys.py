"""Segment keys: the same people keep them, whatever the seed, the numbering or the features of a new model."""

import numpy as np
import pandas as pd
import pytest

from strate.clustering import fit_clustering, load_clustering
from strate.segment_keys import assign_segment_keys
from strate.segment_keys.assign import VERSIONS_LOOKED_AT

from conftest import Project

FEATURES = ["recency_days", "order_count", "revenue"]
PLAIN = {"features": FEATURES, "transform": "none", "clip_quantile": 0.0, "n_starts": 3}
CENTRES = {"a": (0, 0, 0), "b": (100, 0, 0), "c": (0, 100, 0), "d": (0, 0, 100)}
COLUMNS = ["entry_number", "reference_rank", "as_of_date"]


def _customers(centres: dict[str, tuple[float, ...]], size: int = 60, spread: float = 3.0) -> pd.DataFrame:
    """Round groups of customers; an id begins with its group's letter."""
    random = np.random.RandomState(1)
    frames = [
        pd.DataFrame(random.normal(centre, spread, (size, 3)), columns=FEATURES).assign(
            customer_id=[f"{group}{number}" for number in range(size)]
        )
        for group, centre in centres.items()
    ]
    return pd.concat(frames, ignore_index=True)


def _fit(sample: pd.DataFrame, k: int, **settings) -> pd.DataFrame:
    return fit_clustering(sample, **PLAIN | {"min_clusters": k, "max_clusters": k} | settings)


def _record(known: pd.DataFrame | None, artifacts: pd.DataFrame, keys: pd.DataFrame, day: str) -> pd.DataFrame:
    """What int_segments__known_clusterings would say after one more build; the last entry is compared with first."""
    rows = artifacts[artifacts["record_type"] != "candidate"]
    keyed = keys[keys["cluster_id"].notna()]
    key_rows = pd.DataFrame(
        {
            "record_type": "key",
            "model_version": keyed["model_version"],
            "cluster_id": keyed["cluster_id"],
            "name": keyed["segment_key"],
            "detail": keyed["segment_name"],
        }
    )
    number = 1 if known is None else int(known["entry_number"].max()) + 1
    entry = pd.concat([rows, key_rows]).assign(entry_number=number, as_of_date=pd.Timestamp(day))
    known = pd.concat([entry] if known is None else [known, entry], ignore_index=True)
    return known.assign(reference_rank=number + 1 - known["entry_number"])


def _nothing_known() -> pd.DataFrame:
    return pd.DataFrame(columns=[*COLUMNS, "record_type", "model_version", "cluster_id", "name", "detail"])


def _people(artifacts: pd.DataFrame, keys: pd.DataFrame, sample: pd.DataFrame) -> pd.Series:
    """The segment key of each customer."""
    by_cluster = keys.dropna(subset="cluster_id").set_index("cluster_id")["segment_key"]
    clusters = load_clustering(artifacts).predict(sample)
    return pd.Series(clusters.map(by_cluster).to_numpy(), index=sample["customer_id"])


def _first(sample: pd.DataFrame, k: int, **settings) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Fit and record a first model; return what is known, its keys, and everybody's segment."""
    artifacts = _fit(sample, k, **settings)
    keys = assign_segment_keys(artifacts, sample, _nothing_known())
    return _record(None, artifacts, keys, "2025-03-31"), keys, _people(artifacts, keys, sample)


def _of(keys: pd.DataFrame, event: str) -> pd.DataFrame:
    return keys[keys["event"] == event]


def _group(people: pd.Series, group: str) -> str:
    """The segment of a group of customers, who are all in one."""
    (key,) = people[people.index.str.startswith(group)].unique()
    return key


def test_first_model_is_numbered_as_its_clusters() -> None:
    sample = _customers(CENTRES)
    _, keys, _ = _first(sample, 4)
    assert keys["segment_key"].tolist() == ["cluster_1", "cluster_2", "cluster_3", "cluster_4"]
    assert keys["cluster_id"].tolist() == [1, 2, 3, 4]
    assert set(keys["event"]) == {"born"}
    assert set(keys["compared_by"]) == {"nothing"}
    assert keys["customer_count"].tolist() == [60] * 4


def test_keys_and_names_follow_the_people_when_clusters_are_numbered_anew() -> None:
    sample = _customers(CENTRES)
    known, before, people = _first(sample, 4)
    # What was lowest is highest now, so the canonical numbers turn round, and so do the automatic names.
    turned = sample.assign(**{feature: -sample[feature] for feature in FEATURES})
    artifacts = _fit(turned, 4)
    old_model_turned = known.copy()
    is_turned = old_model_turned["record_type"].eq("prototype")
    old_model_turned.loc[is_turned, "value"] *= -1
    is_centre = old_model_turned["parameter"].eq("center")
    old_model_turned.loc[is_centre, "value"] *= -1
    keys = assign_segment_keys(artifacts, turned, old_model_turned)
    assert keys["segment_key"].tolist() != before["segment_key"].tolist()
    assert set(keys["event"]) == {"kept"}
    assert (_people(artifacts, keys, turned) == people).all()
    names = keys.set_index("segment_key")["segment_name"]
    assert names.to_dict() == before.set_index("segment_key")["segment_name"].to_dict()
    assert (keys["segment_name"] != keys["automatic_name"]).any()


def test_a_cluster_more_is_a_split_and_the_others_keep_their_keys() -> None:
    sample = pd.concat([_customers(CENTRES), _customers({"e": (0, 0, 135)}, size=40)], ignore_index=True)
    known, _, people = _first(sample, 4)
    artifacts = _fit(sample, 5)
    keys = assign_segment_keys(artifacts, sample, known)
    (split,) = _of(keys, "split").itertuples()
    now = _people(artifacts, keys, sample)
    assert split.segment_key == "cluster_5" == _group(now, "e")
    # The larger half keeps the key.
    assert split.other_segment_key == _group(now, "d") == _group(people, "d") == _group(people, "e")
    assert (split.customer_count, split.reference_customer_count, split.shared_count) == (40, 100, 40)
    assert split.overlap == pytest.approx(0.4)
    assert len(_of(keys, "kept")) == 4
    assert len(keys) == 5
    others = ~people.index.str.startswith("e")
    assert (now[others] == people[others]).all()


def test_a_cluster_fewer_is_a_merge() -> None:
    sample = pd.concat([_customers(CENTRES), _customers({"e": (0, 0, 135)}, size=40)], ignore_index=True)
    known, _, people = _first(sample, 5)
    artifacts = _fit(sample, 4)
    keys = assign_segment_keys(artifacts, sample, known)
    (merged,) = _of(keys, "merged").itertuples()
    now = _people(artifacts, keys, sample)
    assert merged.segment_key == _group(people, "e")
    assert pd.isna(merged.cluster_id)
    assert merged.other_segment_key == _group(people, "d") == _group(now, "d") == _group(now, "e")
    assert (merged.customer_count, merged.reference_customer_count, merged.shared_count) == (100, 40, 40)
    assert len(_of(keys, "kept")) == 4


def test_a_segment_that_was_gone_gets_its_key_and_name_back() -> None:
    sample = pd.concat([_customers(CENTRES), _customers({"e": (0, 0, 135)}, size=40)], ignore_index=True)
    known, first, people = _first(sample, 5)
    fewer = _fit(sample, 4)
    known = _record(known, fewer, assign_segment_keys(fewer, sample, known), "2025-06-30")
    again = _fit(sample, 5, seed=99)
    keys = assign_segment_keys(again, sample, known)
    (returned,) = _of(keys, "returned").itertuples()
    assert returned.segment_key == _group(people, "e")
    assert returned.reference_as_of_date == pd.Timestamp("2025-03-31")
    assert (_people(again, keys, sample) == people).all()
    assert set(keys["segment_name"]) == set(first["segment_name"])


def test_a_number_is_never_given_twice() -> None:
    """A segment that ended long ago keeps its number, though no model that is looked at has it any more."""
    sample = pd.concat([_customers(CENTRES), _customers({"e": (0, 0, 135)}, size=40)], ignore_index=True)
    entry, _, _ = _first(sample, 4)
    long_ago = entry.copy()
    long_ago.loc[long_ago["record_type"].eq("key") & long_ago["name"].eq("cluster_4"), "name"] = "cluster_40"
    entries = [long_ago, *[entry] * VERSIONS_LOOKED_AT]
    ranked = [
        rows.assign(entry_number=number, reference_rank=len(entries) + 1 - number)
        for number, rows in enumerate(entries, 1)
    ]
    keys = assign_segment_keys(_fit(sample, 5), sample, pd.concat(ranked, ignore_index=True))
    assert _of(keys, "split")["segment_key"].tolist() == ["cluster_41"]


def test_what_comes_from_everywhere_is_born_and_what_goes_everywhere_has_died() -> None:
    random = np.random.RandomState(3)
    sample = pd.DataFrame(random.uniform(0, 100, (600, 3)), columns=FEATURES)
    sample["customer_id"] = [f"c{number}" for number in range(600)]
    one_way, other_way = sample.assign(revenue=0.0, order_count=0.0), sample.assign(recency_days=0.0, order_count=0.0)
    known, _, _ = _first(one_way, 5, features=["recency_days"])
    artifacts = _fit(other_way.assign(recency_days=sample["recency_days"]), 5, features=["revenue"])
    keys = assign_segment_keys(artifacts, sample, known)
    assert set(keys["event"]) == {"born", "died"}
    assert set(keys["compared_by"]) == {"members"}
    assert len(keys) == 10


@pytest.mark.parametrize("left", [["recency_days", "order_count"], ["revenue", "recency_days"]])
def test_where_a_feature_is_gone_centres_decide(left: list[str]) -> None:
    sample = _customers({"a": (0, 0, 0), "b": (100, 100, 100), "c": (200, 200, 200)})
    known, _, people = _first(sample, 3)
    artifacts = _fit(sample, 3, features=left)
    keys = assign_segment_keys(artifacts, sample[["customer_id", *left]], known)
    assert set(keys["event"]) == {"kept"}
    assert set(keys["compared_by"]) == {"centres"}
    assert (_people(artifacts, keys, sample) == people).all()


def test_a_feature_more_hinders_nobody() -> None:
    sample = _customers(CENTRES)
    known, _, people = _first(sample, 4)
    richer = sample.assign(age_years=np.tile([20.0, 60.0], len(sample) // 2))
    artifacts = _fit(richer, 4, features=[*FEATURES, "age_years"])
    keys = assign_segment_keys(artifacts, richer, known)
    assert set(keys["compared_by"]) == {"members"}
    assert (_people(artifacts, keys, richer) == people).mean() >= 0.99


def test_where_no_feature_is_left_all_segments_are_new() -> None:
    sample = _customers({"a": (0, 0, 0), "b": (100, 100, 100)})
    known, before, _ = _first(sample, 2, features=["recency_days", "order_count"])
    artifacts = _fit(sample, 2, features=["revenue"])
    keys = assign_segment_keys(artifacts, sample[["customer_id", "revenue"]], known)
    assert set(keys["compared_by"]) == {"nothing"}
    assert _of(keys, "born")["segment_key"].tolist() == ["cluster_3", "cluster_4"]
    assert set(_of(keys, "died")["segment_key"]) == set(before["segment_key"])
    assert len(keys) == 4


def test_a_model_that_is_known_gets_the_keys_and_events_it_had() -> None:
    """Also where they would be others today: another threshold, and models that came after it."""
    sample = pd.concat([_customers(CENTRES), _customers({"e": (0, 0, 135)}, size=40)], ignore_index=True)
    known, _, _ = _first(sample, 4)
    artifacts = _fit(sample, 5)
    keys = assign_segment_keys(artifacts, sample, known)
    known = _record(known, artifacts, keys, "2025-06-30")
    later = _fit(sample, 3)
    known = _record(known, later, assign_segment_keys(later, sample, known), "2025-09-30")
    pd.testing.assert_frame_equal(assign_segment_keys(artifacts, sample, known), keys)
    strict = assign_segment_keys(artifacts, sample, known, min_overlap=1.0)
    assert strict["segment_key"].tolist() == keys["segment_key"].tolist()


def test_noise_is_no_segment_that_others_could_continue() -> None:
    sample = _customers(CENTRES)
    artifacts = _fit(sample, 4)
    noisy = artifacts.assign(model_version="noisy-1")
    noisy = noisy[(noisy["record_type"] != "cluster") | (noisy["cluster_id"] != 4)]
    noisy.loc[noisy["record_type"].eq("prototype") & noisy["cluster_id"].eq(4), "cluster_id"] = 0
    first = assign_segment_keys(noisy, sample, _nothing_known())
    assert first["segment_key"].tolist() == ["cluster_1", "cluster_2", "cluster_3"]
    # The fourth cluster comes out of the noise ...
    keys = assign_segment_keys(artifacts, sample, _record(None, noisy, first, "2025-03-31"))
    (born,) = _of(keys, "born").itertuples()
    assert (born.cluster_id, born.segment_key, born.other_segment_key) == (4, "cluster_4", "cluster_noise")
    assert len(_of(keys, "kept")) == 3
    # ... and goes back there.
    known, _, _ = _first(sample, 4)
    keys = assign_segment_keys(noisy, sample, known)
    (died,) = _of(keys, "died").itertuples()
    assert (died.segment_key, died.other_segment_key, died.shared_count) == ("cluster_4", "cluster_noise", 60)


def test_row_order_changes_nothing() -> None:
    sample = pd.concat([_customers(CENTRES), _customers({"e": (0, 0, 135)}, size=40)], ignore_index=True)
    known, _, _ = _first(sample, 4)
    artifacts = _fit(sample, 5)
    keys = assign_segment_keys(artifacts, sample, known)
    shuffled = [frame.sample(frac=1, random_state=4) for frame in (artifacts, sample, known)]
    pd.testing.assert_frame_equal(assign_segment_keys(*shuffled), keys)


def test_without_clusters_there_are_no_keys_and_the_next_model_finds_the_last_that_had_some() -> None:
    sample = _customers(CENTRES)
    known, _, people = _first(sample, 4)
    nothing = sample.assign(**dict.fromkeys(FEATURES, np.nan))
    empty = assign_segment_keys(_fit(nothing, 4), nothing, known)
    assert len(empty) == 0
    known = _record(known, _fit(nothing, 4), empty, "2025-06-30")
    artifacts = _fit(sample, 4, seed=8)
    keys = assign_segment_keys(artifacts, sample, known)
    assert set(keys["event"]) == {"kept"}
    assert (_people(artifacts, keys, sample) == people).all()


@pytest.mark.parametrize("argument", [{"min_overlap": 0}, {"min_share": 1.5}])
def test_illegal_arguments_are_named(argument: dict[str, float]) -> None:
    sample = _customers(CENTRES, size=5)
    with pytest.raises(ValueError, match=next(iter(argument))):
        assign_segment_keys(_fit(sample, 2), sample, _nothing_known(), **argument)


@pytest.mark.build
def test_the_demo_keeps_its_keys_whatever_the_seed_and_the_order(demo: Project) -> None:
    settings = {
        "features": ["recency_days", "order_count", "average_order_value", "session_count", "campaign_open_share"],
        "fill_with_max": ["recency_days"],
        "min_cluster_size": 100,
    }
    sample = demo.query("select * from int_segments__clustering_sample order by customer_id")
    first, keys = demo.query("select * from clustering_fit"), demo.query("select * from cluster_keys")
    known, people = _record(None, first, keys, "2025-12-31"), _people(first, keys, sample)
    assert keys["segment_key"].str.match(r"^cluster_\d+$").all()
    for seed in (1, 2, 3):
        shuffled = sample.sample(frac=1, random_state=seed)
        artifacts = fit_clustering(shuffled, **settings, seed=seed)
        assert artifacts["model_version"].iloc[0] != first["model_version"].iloc[0]
        again = _people(artifacts, assign_segment_keys(artifacts, shuffled, known), shuffled)
        share = (again.sort_index() == people.sort_index()).mean()
        assert share >= 0.99, f"seed {seed}: {share:.4f} keep their key"
    for k, events in ((5, ["merged"]), (7, ["born"]), (8, ["born", "split"])):
        # One of seven has 79 members, and would at once be merged into another again.
        pinned = {"min_clusters": k, "max_clusters": k, "min_cluster_size": 50}
        artifacts = fit_clustering(sample, **settings | pinned)
        changed = assign_segment_keys(artifacts, sample, known)
        kept = _of(changed, "kept")
        assert sorted(changed["event"]) == sorted([*events, *["kept"] * min(k, len(keys))])
        unaffected = kept[~kept["segment_key"].isin(changed["other_segment_key"].dropna())]
        assert (unaffected["overlap"] >= 0.9).all()
        assert len(unaffected) >= 4
