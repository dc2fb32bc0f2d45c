"""Whole runs over several dates: keys, lineage and history grow in order, and the same build twice changes nothing."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from strate.clustering import load_clustering

from conftest import NO_DEMO_SEEDS, Project, tiny_vars

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("history")]

FIRST, BETWEEN, LAST = "2025-06-30", "2025-10-15", "2025-12-31"
RECORDS = ("segment_history", "segment_history_features", "segment_lineage", "segmentation_parameters")


@dataclass
class Grown:
    """A project built for a first and a last date, again for the last, and then for one between."""

    project: Project
    variables: dict
    first: dict[str, pd.DataFrame]  # the records after each build
    last: dict[str, pd.DataFrame]
    same_again: dict[str, pd.DataFrame]
    people: pd.Series  # who was in which cluster segment at the last date
    people_of_another_seed: pd.Series


def _records(project: Project) -> dict[str, pd.DataFrame]:
    return {name: project.query(f"select * from {name} order by all") for name in RECORDS}


def _people(project: Project) -> pd.Series:
    rows = project.query("select customer_id, segment_key from customer_segments where segmentation = 'cluster'")
    return rows.set_index("customer_id")["segment_key"].sort_index()


@pytest.fixture(scope="module")
def grown(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Grown:
    project = Project(tmp_path_factory.mktemp("history"))
    variables = tiny_vars(tiny_inputs, training_date_count=0)
    project.build(*NO_DEMO_SEEDS, variables=variables | {"as_of_date": FIRST})
    first = _records(project)
    project.build(*NO_DEMO_SEEDS, variables=variables | {"as_of_date": LAST})
    last, people = _records(project), _people(project)
    project.build(*NO_DEMO_SEEDS, "--full-refresh", variables=variables | {"as_of_date": LAST})
    same_again = _records(project)
    project.build(*NO_DEMO_SEEDS, variables=variables | {"as_of_date": LAST, "random_seed": 99})
    another_seed = _people(project)
    project.build(*NO_DEMO_SEEDS, variables=variables | {"as_of_date": BETWEEN})
    return Grown(project, variables, first, last, same_again, people, another_seed)


def test_the_same_build_twice_records_nothing(grown: Grown) -> None:
    for name in RECORDS:
        pd.testing.assert_frame_equal(grown.same_again[name], grown.last[name])


def test_another_seed_gives_the_same_people_the_same_keys(grown: Grown) -> None:
    assert list(grown.people.index) == list(grown.people_of_another_seed.index)
    assert (grown.people == grown.people_of_another_seed).mean() >= 0.99


def test_what_is_recorded_stays(grown: Grown) -> None:
    for name in RECORDS:
        now = grown.project.query(f"select * from {name}")
        for before in (grown.first[name], grown.last[name]):
            merged = before.merge(now, how="left", indicator="found")
            assert (merged["found"] == "both").all(), name


def test_each_model_is_compared_with_the_nearest_earlier_one(grown: Grown) -> None:
    pairs = grown.project.query(
        """
        select distinct as_of_date::varchar as day, reference_as_of_date::varchar as reference
        from segment_lineage where event in ('kept', 'split', 'merged') order by all
        """
    )
    # The last date was built with two seeds; the second is compared with the first.
    assert pairs.to_numpy().tolist() == [[BETWEEN, FIRST], [LAST, FIRST], [LAST, LAST]]
    # And every segment of a model is accounted for in the next: it goes on or has ended.
    missing = grown.project.query(
        f"""
        select segment_key from segment_lineage where as_of_date = date '{FIRST}' and cluster_id is not null
        except
        select segment_key from segment_lineage where as_of_date = date '{BETWEEN}'
        """
    )
    assert len(missing) == 0


def test_a_model_that_fails_its_gates_is_never_compared_with(tiny_inputs: Path, tmp_path: Path) -> None:
    project = Project(tmp_path)
    variables = tiny_vars(tiny_inputs, training_date_count=0)
    strict = {"min_silhouette": 1, "min_silhouette_severity": "error", "random_seed": 99}
    run = project.dbt("build", *NO_DEMO_SEEDS, variables=variables | strict | {"as_of_date": FIRST})
    assert run.returncode == 1
    project.build(*NO_DEMO_SEEDS, variables=variables | {"as_of_date": LAST})
    events = project.query("select distinct event, reference_model_version from segment_lineage")
    assert events["event"].tolist() == ["born"]
    assert events["reference_model_version"].isna().all()


def test_stays_tell_what_the_history_tells(grown: Grown) -> None:
    """Each row of the history lies in one stay, stays have no other dates, and those of a segmentation are in order."""
    assert len(grown.project.query("select * from segment_memberships where valid_to <= valid_from")) == 0
    counts = grown.project.query(
        """
        select
            (select count(*) from segment_history) as rows_of_history,
            count(*) as rows_in_stays,
            count(distinct (customer_id, segmentation, as_of_date)) as different_rows
        from segment_history as history
        inner join segment_memberships as stays using (customer_id, segmentation, segment_key)
        where history.as_of_date >= stays.valid_from
            and (stays.valid_to is null or history.as_of_date < stays.valid_to)
        """
    )
    assert counts.nunique(axis=1).tolist() == [1]
    # The backfilled date has split stays: some begin at it, and some of them end at the last date.
    between = grown.project.query(
        f"""
        select count(*) as began, count(valid_to) as ended, count(entered_from) as from_another
        from segment_memberships where valid_from = date '{BETWEEN}'
        """
    )
    assert (between.loc[0] > 0).all()
    assert between["began"][0] > between["ended"][0]


def test_transitions_follow_the_dates_and_add_up_to_the_sizes(grown: Grown) -> None:
    pairs = grown.project.query(
        "select distinct from_date::varchar as before, to_date::varchar as after from segment_transitions order by 2"
    )
    assert pairs["after"].tolist() == [FIRST, BETWEEN, LAST]
    assert pairs["before"].fillna("").tolist() == ["", FIRST, BETWEEN]
    sizes = grown.project.query(
        """
        select segmentation, to_segment_key as segment_key, to_date as as_of_date, sum(customer_count)::bigint as size
        from segment_transitions where to_segment_key <> 'left' group by all order by all
        """
    )
    expected = grown.project.query(
        """
        select segmentation, segment_key, as_of_date, count(*) as size
        from segment_history group by all order by all
        """
    )
    pd.testing.assert_frame_equal(sizes, expected)


def test_whoever_moved_is_told_why(grown: Grown) -> None:
    """In the backfill: between the date built and the one before, whatever came after; and as the models would say."""
    moves = grown.project.query("select * from segment_moves order by customer_id, segmentation")
    changed = grown.project.query(
        f"""
        select customer_id, segmentation, before.segment_key as from_segment_key, now.segment_key as to_segment_key
        from segment_history as before
        inner join segment_history as now using (customer_id, segmentation)
        where before.as_of_date = date '{FIRST}' and now.as_of_date = date '{BETWEEN}'
            and before.segment_key <> now.segment_key
        order by customer_id, segmentation
        """
    )
    pd.testing.assert_frame_equal(moves[list(changed.columns)], changed)
    assert {"customer", "cut"} <= set(moves["cause"]) <= {"customer", "cut", "model", "cells"}
    assert moves["sentence"].str.endswith(".").all()
    assert set(moves["segmentation"]) == {"rfm", "value", "lifecycle", "cluster", "value_by_lifecycle"}
    # A cross that moved without any of its parts was cut otherwise.
    crossed = moves[moves["segmentation"] == "value_by_lifecycle"]
    of_parts = moves.loc[moves["segmentation"].isin(["value", "lifecycle"]), "customer_id"]
    assert ((crossed["cause"] == "cells") == ~crossed["customer_id"].isin(of_parts)).all()

    features = grown.project.query(
        f"select * exclude (as_of_date) from segment_history_features where as_of_date = date '{FIRST}'"
    )
    clusters = moves[moves["segmentation"] == "cluster"].merge(features, on="customer_id")
    recorded = grown.project.query(
        f"select * from segmentation_parameters where segmentation = 'cluster' and as_of_date = date '{BETWEEN}'"
    )
    keyed = recorded[recorded["record_type"] == "key"].set_index("cluster_id")["name"]
    model = load_clustering(recorded[recorded["record_type"] != "key"])
    was_there_already = model.predict(clusters).map(keyed).to_numpy() == clusters["to_segment_key"]
    assert (was_there_already == (clusters["cause"] == "model")).mean() >= 0.9


def test_a_customer_in_two_segments_or_in_none_stops_the_build(grown: Grown) -> None:
    """Rows that nobody but a hand can write."""
    project = Project(Path(shutil.copytree(grown.project.folder, grown.project.folder.parent / "broken")))
    with duckdb.connect(str(project.database)) as connection:
        people = connection.execute(
            "select customer_id, segment_key from segment_history"
            f" where segmentation = 'rfm' and as_of_date = '{FIRST}' order by customer_id limit 3"
        ).fetchall()
        (twice, key), (again, same_key), (away, _) = people
        connection.execute(
            f"insert into segment_history values ('{twice}', 'rfm', 'rfm_own', '{FIRST}', null),"
            f" ('{again}', 'rfm', '{same_key}', '{BETWEEN}', null)"
        )
        connection.execute(
            f"update segment_history set segment_key = '{same_key}'"
            f" where customer_id = '{again}' and segmentation = 'rfm' and as_of_date = '{BETWEEN}'"
        )
        connection.execute(
            f"delete from segment_history where customer_id = '{away}' and segmentation = 'value'"
            f" and as_of_date = '{BETWEEN}'"
        )
    run = project.dbt("test", "--select", "segment_history", variables=grown.variables)
    assert run.returncode == 1
    said = [line.split("Gate failed: ")[1] for line in run.output.splitlines() if "Gate failed: " in line]
    first, last = sorted([key, "rfm_own"])
    assert sorted(said) == sorted(
        [
            f"customer {twice} is in two segments of rfm at once, {first} and {last}, on {FIRST}",
            f"customer {again} is in {same_key} more than once on {BETWEEN}",
            f"customer {away} is in no segment of value, though a customer, on {BETWEEN}",
        ]
    )
