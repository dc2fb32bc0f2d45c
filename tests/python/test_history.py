"""Whole runs over several dates: keys, lineage and history grow in order, and the same build twice changes nothing."""

from dataclasses import dataclass
from pathlib import Path

import pandas as pd
import pytest

from conftest import NO_DEMO_SEEDS, Project, tiny_vars

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("history")]

FIRST, BETWEEN, LAST = "2025-06-30", "2025-10-15", "2025-12-31"
RECORDS = ("segment_history", "segment_lineage", "segmentation_parameters")


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
