"""Time: no leakage from the future, increments equal a rebuild, and order or threads change nothing."""

import datetime as dt
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from strate.diff import Build, Thresholds, compare_builds

from conftest import INPUTS, NO_DEMO_SEEDS, Project, tiny_vars

pytestmark = pytest.mark.build

ORDERED_AT = "(select min(ordered_at) from orders where orders.order_id = input.order_id)"
# When a row of an input becomes known.
KNOWN_AT = {
    "crm_customers": "coalesce(updated_at, created_at)",
    "crm_consents": "decided_at",
    "crm_campaign_events": "event_at",
    "erp_orders": "ordered_at",
    "erp_order_lines": f"coalesce(booked_at, {ORDERED_AT})",
    "tracking_events": "event_at",
    "survey_responses": "answered_at",
}
ARRIVED_AT = KNOWN_AT | {
    "crm_campaign_events": "coalesce(received_at, event_at)",
    "tracking_events": "coalesce(received_at, event_at)",
    "erp_orders": "coalesce(updated_at, cancelled_at, ordered_at)",
    "erp_order_lines": f"coalesce(updated_at, booked_at, {ORDERED_AT})",
}
ACTIVITY = {
    "int_activity__order_lines": "order_line_id",
    "int_activity__sessions": "visitor_key, started_at",
    "int_activity__campaign_touches": "message_id",
}


def _cut(source: Path, out: Path, until: dt.datetime, stamps: dict[str, str], *, undo_cancellations: bool) -> Path:
    """Write the inputs as they were at a moment."""
    out.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"create view orders as select * from '{source}/erp_orders.parquet'")
        for name in INPUTS:
            kept = f"where coalesce(({stamps[name]}) < timestamp '{until}', true)" if name in stamps else ""
            columns = "*"
            if name == "erp_orders" and undo_cancellations:
                columns = f"""* replace (
                    case when cancelled_at >= timestamp '{until}' then 'completed' else status end as status,
                    case when cancelled_at < timestamp '{until}' then cancelled_at end as cancelled_at
                )"""
            connection.execute(
                f"copy (select {columns} from '{source}/{name}.parquet' as input {kept}) to '{out}/{name}.parquet'"
            )
    return out


def _set_clock_ahead(inputs: Path) -> Path:
    """Stamp the oldest order line with a change at the end of the century, as systems do that mean never."""
    lines = inputs / "erp_order_lines.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"create table lines as select * from '{lines}'")
        connection.execute(
            "update lines set updated_at = timestamp '2099-12-31'"
            " where order_line_id = (select min(order_line_id) from lines)"
        )
        connection.execute(f"copy lines to '{lines}'")
    return inputs


def _features(project: Project, as_of_date: str, but: Project) -> pd.DataFrame:
    """Return the features of a date, without those whom another project leaves out because they objected."""
    left_out = but.query(f"select customer_id from int_permissions__unprofiled where as_of_date = date '{as_of_date}'")
    features = project.query(
        f"select * from customer_features where as_of_date = date '{as_of_date}' order by customer_id"
    )
    return features[~features["customer_id"].isin(left_out["customer_id"])].reset_index(drop=True)


def test_features_of_a_date_do_not_see_what_came_later(tiny_inputs: Path, tmp_path: Path) -> None:
    full = Project(tmp_path / "full")
    full.build(
        *NO_DEMO_SEEDS,
        "--select",
        "+customer_features",
        variables=tiny_vars(tiny_inputs, training_date_count=2, training_date_spacing_days=150),
    )
    dates = full.query("select as_of_date from int_activity__as_of_dates where not is_latest order by as_of_date")
    assert len(dates) == 2
    for moment in dates["as_of_date"]:
        day = str(moment.date())
        cut = _cut(
            tiny_inputs,
            tmp_path / f"inputs_{day}",
            moment + dt.timedelta(days=1),
            KNOWN_AT,
            undo_cancellations=True,
        )
        past = Project(tmp_path / f"past_{day}")
        past.build(
            *NO_DEMO_SEEDS,
            "--select",
            "+customer_features",
            variables=tiny_vars(cut, training_date_count=0, as_of_date=day),
        )
        now, then = _features(full, day, but=past), _features(past, day, but=full)
        assert len(then) > 100
        pd.testing.assert_frame_equal(now, then)


def test_labels_and_imputed_values_do_not_see_what_came_after_their_horizon(tiny_inputs: Path, tmp_path: Path) -> None:
    """Rebuilt from inputs cut where a horizon ended, what was known and what followed are the same; plants are seen."""
    spacing = 150
    # Nobody objects, as an objection takes a person out of all dates; the CRM counts orders, and states no date for it.
    inputs = _cut(tiny_inputs, tmp_path / "inputs", dt.datetime.max, KNOWN_AT, undo_cancellations=False)
    with duckdb.connect() as connection:
        consents = inputs / "crm_consents.parquet"
        connection.execute(
            f"copy (select * from '{consents}' where purpose <> 'profiling') to '{consents}.kept' (format parquet)"
        )
        Path(f"{consents}.kept").replace(consents)
    end = _last_day(tiny_inputs) - dt.timedelta(days=spacing)
    cut = _cut(inputs, tmp_path / "inputs_then", end + dt.timedelta(days=1), KNOWN_AT, undo_cancellations=True)
    projects = []
    for folder, day, count in ((inputs, end + dt.timedelta(days=spacing), 2), (cut, end, 1)):
        _plant_orders_so_far(folder)
        project = Project(tmp_path / f"build_{folder.name}")
        project.build(
            *NO_DEMO_SEEDS,
            *("--select", "+int_scores__outcomes", "+customer_features_prepared"),
            variables=tiny_vars(
                folder,
                as_of_date=str(day.date()),
                training_date_count=count,
                training_date_spacing_days=spacing,
                score_horizon_days=spacing,
                propensity_targets=["purchase", "click", "churn"],
                churn_rule="rhythm",
                extra_columns={"crm_customers": ["orders_so_far"]},
            ),
        )
        projects.append(project)
    day = (end - dt.timedelta(days=spacing)).date()
    where = f"where as_of_date = date '{day}' order by customer_id"
    (labels, labels_then), (features, features_then), (filled, filled_then) = (
        [project.query(f"select * from {model} {where}") for project in projects]
        for model in ("int_scores__outcomes", "customer_features", "customer_features_prepared")
    )
    for label in ("has_bought", "has_clicked", "has_churned"):
        assert labels_then[label].nunique() == 2, label
    assert (labels["outcome_known_on"] == end).all()
    assert filled_then.filter(like="is_imputed").any(axis=None)
    pd.testing.assert_frame_equal(labels, labels_then)
    pd.testing.assert_frame_equal(filled, filled_then)
    plant = "orders_so_far"
    pd.testing.assert_frame_equal(features.drop(columns=plant), features_then.drop(columns=plant))
    # A feature that holds what came later is seen, and so is a label that looks on after its horizon.
    with pytest.raises(AssertionError, match=plant):
        pd.testing.assert_frame_equal(features, features_then)
    compiled = "target/compiled/strate/models/intermediate/scores/int_scores__outcomes.sql"
    leaking = [
        project.query(
            "select * from ("
            + (project.folder / compiled).read_text().replace("<= future_accounts.horizon_end", "<= date '9999-12-31'")
            + f") {where}"
        )
        for project in projects
    ]
    with pytest.raises(AssertionError):
        pd.testing.assert_frame_equal(*leaking)


def _plant_orders_so_far(inputs: Path) -> None:
    """Give each CRM record how often its customer has ordered by the time that the inputs were taken."""
    customers = inputs / "crm_customers.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (
                select *, (
                    select count(*) from '{inputs}/erp_orders.parquet' as orders
                    where orders.crm_customer_id = customers.crm_customer_id
                ) as orders_so_far
                from '{customers}' as customers
            ) to '{customers}.planted' (format parquet)
            """
        )
    Path(f"{customers}.planted").replace(customers)


def test_topics_of_a_date_do_not_see_what_was_said_later(tmp_path: Path) -> None:
    """Enough answers in words for topics, and dates that lie in three periods of learning."""
    inputs = tmp_path / "inputs"
    command = [str(Path(sys.executable).with_name("strate")), "demo", "--customers", "2000", "--out", str(inputs)]
    subprocess.run(command, check=True, capture_output=True)
    off = {name: None for name in INPUTS if name not in ("crm_customers", "survey_responses")}
    select = (*NO_DEMO_SEEDS, "--select", "+customer_features", "survey_topics")
    full = Project(tmp_path / "full")
    full.build(*select, variables=tiny_vars(inputs, training_date_spacing_days=150, **off))
    query = "select * from survey_topics where as_of_date = date '{}' order by topic_id, term_rank"
    dates = full.query("select as_of_date from int_activity__as_of_dates where not is_latest order by as_of_date")
    learned = full.query("select distinct learned_before from survey_topics where outcome = 'fitted'")
    assert len(learned) == 3
    for moment in dates["as_of_date"]:
        day = str(moment.date())
        cut = _cut(
            inputs, tmp_path / f"inputs_{day}", moment + dt.timedelta(days=1), KNOWN_AT, undo_cancellations=False
        )
        past = Project(tmp_path / f"past_{day}")
        past.build(*select, variables=tiny_vars(cut, training_date_count=0, as_of_date=day, **off))
        now, then = _features(full, day, but=past), _features(past, day, but=full)
        assert (then["topic_3_share"] > 0).sum() > 5
        pd.testing.assert_frame_equal(now, then)
        pd.testing.assert_frame_equal(full.query(query.format(day)), past.query(query.format(day)))


def test_increments_equal_a_rebuild(tiny_inputs: Path, tmp_path: Path) -> None:
    """Day by day over the last weeks, with late rows, cancellations and returns of old orders, and re-sent events.

    One row has a stamp of the far future, which must not hide what changes after it. Persons are the same, and
    whoever had an id keeps it, where a rebuild may give another.
    """
    last = _last_day(tiny_inputs)
    moments = [last - dt.timedelta(days=days) for days in (40, 21, 20, 6)]
    everything = _set_clock_ahead(
        _cut(tiny_inputs, tmp_path / "inputs", dt.datetime.max, ARRIVED_AT, undo_cancellations=False)
    )
    grown = Project(tmp_path / "grown")
    select = ("--select", "+customer_features", "int_identity__id_history")
    for number, moment in enumerate(moments):
        inputs = _set_clock_ahead(
            _cut(tiny_inputs, tmp_path / f"inputs_{number}", moment, ARRIVED_AT, undo_cancellations=False)
        )
        grown.build(*NO_DEMO_SEEDS, *select, variables=tiny_vars(inputs, training_date_count=0))
    grown.build(*NO_DEMO_SEEDS, *select, variables=tiny_vars(everything, training_date_count=0))
    # A second run on the same rows changes nothing.
    grown.build(*NO_DEMO_SEEDS, *select, variables=tiny_vars(everything, training_date_count=0))

    rebuilt = Project(tmp_path / "rebuilt")
    rebuilt.build(*NO_DEMO_SEEDS, *select, variables=tiny_vars(everything, training_date_count=0))
    for table, key in ACTIVITY.items():
        query = f"select * from {table} order by {key}"
        pd.testing.assert_frame_equal(grown.query(query), rebuilt.query(query))
    who = "select account_key, customer_id from int_identity__accounts order by account_key"
    ids = grown.query(who).merge(rebuilt.query(who), on="account_key", how="outer", suffixes=("", "_rebuilt"))
    renamed = ids.drop_duplicates(["customer_id", "customer_id_rebuilt"]).set_index("customer_id")[
        "customer_id_rebuilt"
    ]
    assert renamed.index.is_unique
    assert renamed.is_unique
    query = "select * from customer_features order by customer_id"
    features = grown.query(query)
    features = features.assign(customer_id=features["customer_id"].map(renamed))
    features = features.sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(features, rebuilt.query(query))


def _last_day(inputs: Path) -> dt.datetime:
    with duckdb.connect() as connection:
        return connection.execute(
            f"select date_trunc('day', max(event_at)) from '{inputs}/tracking_events.parquet'"
            " where event_at < timestamp '2030-01-01'"
        ).fetchall()[0][0]


def test_row_order_and_threads_change_nothing(tiny_inputs: Path, tmp_path: Path) -> None:
    shuffled = tmp_path / "shuffled"
    shuffled.mkdir()
    with duckdb.connect() as connection:
        connection.execute("select setseed(0.5)")
        for name in INPUTS:
            connection.execute(
                f"copy (select * from '{tiny_inputs}/{name}.parquet' order by random()) to '{shuffled}/{name}.parquet'"
            )
    one, other = Project(tmp_path / "one"), Project(tmp_path / "other")
    one.build(*NO_DEMO_SEEDS, variables=tiny_vars(tiny_inputs), threads=1)
    other.build(*NO_DEMO_SEEDS, variables=tiny_vars(shuffled), threads=4)
    for table, key in {
        "customers": "customer_id",
        "customer_features": "customer_id, as_of_date",
        "customer_segments": "customer_id, segmentation",
        "segments": "segment_key",
        "segment_profiles": "segment_key, feature",
        "segment_cards": "segment_key",
        "segmentation_cuts": "segmentation, measure, level",
        "rejected_rows": "input, source_key, reason",
    }.items():
        query = f"select * from {table} order by {key}"
        pd.testing.assert_frame_equal(one.query(query), other.query(query), check_exact=True)
    query = "select * exclude (fit_seconds) from clustering_candidates order by candidate_id"
    pd.testing.assert_frame_equal(one.query(query), other.query(query), check_exact=True)
    assert compare_builds(Build(one.database), Build(other.database), Thresholds()).is_empty


def test_history_keeps_what_it_has(tiny_inputs: Path, tmp_path: Path) -> None:
    """The same date twice changes nothing, an earlier date lands beside it, and a full refresh forgets neither."""
    project = Project(tmp_path)
    last = _last_day(tiny_inputs)
    earlier = str((last - dt.timedelta(days=60)).date())
    variables = tiny_vars(tiny_inputs, training_date_count=0)
    project.build(*NO_DEMO_SEEDS, variables=variables)
    query = "select * from segment_history order by as_of_date, customer_id, segmentation"
    first = project.query(query)
    project.build(*NO_DEMO_SEEDS, variables=variables)
    pd.testing.assert_frame_equal(project.query(query), first)
    project.build(*NO_DEMO_SEEDS, "--full-refresh", variables=variables | {"as_of_date": earlier})
    both = project.query(query)
    assert sorted(both["as_of_date"].astype(str).unique()) == sorted({earlier, str(first["as_of_date"][0].date())})
    pd.testing.assert_frame_equal(both[both["as_of_date"] == first["as_of_date"][0]].reset_index(drop=True), first)
