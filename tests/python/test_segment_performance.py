"""What segments did day by day: plain SQL counts the same, and increments equal a rebuild, whatever came in between."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pandas as pd
import pytest
from dbt.cli.main import dbtRunner

from compiled import INPUT_VARS, create_inputs

from conftest import PROJECT, TINY_SETTINGS, Project

WINDOW_DAYS = 3
INPUTS_OFF = {
    "tracking_events": ["session_count", "converting_session_count", "engaged_minutes", "conversion_rate"],
    "erp_orders": ["buyer_count", "order_count", "revenue", "average_order_value"],
    "crm_campaign_events": ["sent_count", "opened_count", "clicked_count", "unsubscribed_count", "open_rate"],
    "survey_responses": ["answer_count", "feedback_sum", "feedback_score"],
}

# Membership by a subquery for each day, and each indicator counted on its own: another way than the model's.
MEMBERS = """
    select days.date_day, history.*
    from segment_history as history
    inner join days
        on history.as_of_date = (
            select max(dates.as_of_date) from segment_history as dates
            where dates.segmentation = history.segmentation and dates.as_of_date < days.date_day
        )
    where history.customer_id not in (
        select customer_id from int_permissions__unprofiled where as_of_date = (select max(date_day) from days)
    )
"""
PEOPLE = """
    select account_key, customer_id from int_identity__accounts
    where as_of_date = (select max(date_day) from days) and not is_test
"""
COUNTED = f"""
    with
    members as ({MEMBERS}),
    people as ({PEOPLE}),
    visits as (
        select session_date as date_day, customer_id, count(*) as sessions,
            count(*) filter (where purchase_count > 0) as conversions, sum(engaged_seconds) / 60 as minutes
        from {{sessions}} as sessions inner join people using (account_key) where not is_bot group by all
    ),
    baskets as (
        select order_date as date_day, customer_id, order_id, sum(gross_amount) as gross_amount,
            sum(gross_amount - discount_amount - returned_amount) as net_amount
        from {{order_lines}} as order_lines inner join people using (account_key)
        where cast(booked_at as date) <= (select max(date_day) from days)
            and (cancelled_at is null or cast(cancelled_at as date) > (select max(date_day) from days))
        group by all
    ),
    purchases as (
        select date_day, customer_id, count(*) filter (where gross_amount > 0) as orders, sum(net_amount) as revenue
        from baskets group by all
    ),
    messages as (
        select touch_date as date_day, customer_id, count(*) as sent,
            count(*) filter (where cast(opened_at as date) <= last_answer) as opened,
            count(*) filter (where cast(clicked_at as date) <= last_answer) as clicked,
            count(*) filter (where cast(unsubscribed_at as date) <= last_answer) as unsubscribed
        from (
            select *, least(touch_date + {WINDOW_DAYS}, (select max(date_day) from days)) as last_answer
            from {{touches}} as touches
        ) inner join people using (account_key) group by all
    ),
    answers as (
        select answered_date as date_day, customer_id, count(*) as answers, sum(score) as feedback
        from int_survey__answers
        where score is not null and as_of_date = (select max(date_day) from days) group by all
    )
    select segmentation, segment_key, date_day as activity_date, min(as_of_date) as as_of_date,
        count(*) as customer_count,
        coalesce(sum(sessions), 0)::bigint as session_count,
        coalesce(sum(conversions), 0)::bigint as converting_session_count,
        coalesce(sum(minutes), 0)::double as engaged_minutes,
        count(*) filter (where orders > 0) as buyer_count,
        coalesce(sum(orders), 0)::bigint as order_count,
        coalesce(sum(revenue), 0)::double as revenue,
        coalesce(sum(sent), 0)::bigint as sent_count,
        coalesce(sum(opened), 0)::bigint as opened_count,
        coalesce(sum(clicked), 0)::bigint as clicked_count,
        coalesce(sum(unsubscribed), 0)::bigint as unsubscribed_count,
        coalesce(sum(answers), 0)::bigint as answer_count,
        coalesce(sum(feedback), 0)::double as feedback_sum
    from members
    left join visits using (date_day, customer_id)
    left join purchases using (date_day, customer_id)
    left join messages using (date_day, customer_id)
    left join answers using (date_day, customer_id)
    group by segmentation, segment_key, date_day
    order by segmentation, segment_key, activity_date
"""
ACTIVITY = {
    "sessions": "int_activity__sessions",
    "order_lines": "int_activity__order_lines",
    "touches": "int_activity__campaign_touches",
}
ROWS = "select * from segment_performance where customer_count > 0 order by segmentation, segment_key, activity_date"


def _assert_counted(rows: pd.DataFrame, expected: pd.DataFrame) -> None:
    """Counts are the same to the last one; sizes follow from entries and exits; ratios are those of the sums."""
    pd.testing.assert_frame_equal(rows[list(expected)].reset_index(drop=True), expected, check_dtype=False)
    for ratio, above, below in [
        ("conversion_rate", "converting_session_count", "session_count"),
        ("average_order_value", "revenue", "order_count"),
        ("engaged_minutes_per_session", "engaged_minutes", "session_count"),
        ("feedback_score", "feedback_sum", "answer_count"),
    ]:
        divisor = rows[below].where(rows[below] > 0)
        pd.testing.assert_series_equal(rows[ratio], rows[above] / divisor, check_names=False, check_dtype=False)
    is_over = rows["activity_date"] <= rows["activity_date"].max() - pd.Timedelta(days=WINDOW_DAYS)
    for ratio, above in [
        ("open_rate", "opened_count"),
        ("click_rate", "clicked_count"),
        ("unsubscribe_rate", "unsubscribed_count"),
    ]:
        divisor = rows["sent_count"].where((rows["sent_count"] > 0) & is_over)
        pd.testing.assert_series_equal(rows[ratio], rows[above] / divisor, check_names=False, check_dtype=False)


@pytest.mark.build
def test_plain_sql_counts_the_same(dated: Project) -> None:
    rows = dated.query(ROWS)
    assert rows["activity_date"].nunique() == 60
    assert rows[rows["segmentation"] == "cluster"]["activity_date"].nunique() == 30
    # Sessions, baskets and messages from cleaned rows; cut into sessions as the docs say, not by the model.
    sessions = """(
        with events as (
            select *, coalesce('device:' || anonymous_id, 'user:' || user_id) as visitor,
                case when event_at - lag(event_at) over visitors <= interval 30 minute
                    and coalesce(user_id = lag(user_id) over visitors, true) then 0 else 1 end as starts
            from stg_tracking__events
            window visitors as (
                partition by coalesce('device:' || anonymous_id, 'user:' || user_id) order by event_at, event_id
            )
        ), numbered as (
            select *, sum(starts) over (partition by visitor order by event_at, event_id) as number from events
        )
        select event_date as session_date, coalesce('user:' || max(user_id), visitor) as account_key,
            count(*) filter (where event_name = 'purchase') as purchase_count,
            coalesce(sum(engaged_seconds), date_diff('second', min(event_at), max(event_at))) as engaged_seconds,
            bool_or(is_bot) or count(*) > 300 as is_bot
        from numbered group by visitor, number, event_date
    )"""
    order_lines = """(
        select orders.*, booked_at,
            case when quantity > 0 then round(quantity * unit_price * exchange_rate, 6) else 0 end as gross_amount,
            case when quantity > 0 then round(abs(discount_amount) * exchange_rate, 6) else 0 end as discount_amount,
            case when quantity < 0
                then round((abs(quantity) * unit_price - abs(discount_amount)) * exchange_rate, 6) else 0
            end as returned_amount
        from stg_erp__order_lines inner join stg_erp__orders as orders using (order_id)
    )"""
    touches = """(
        select 'crm:' || crm_customer_id as account_key, cast(min(event_at) as date) as touch_date,
            min(event_at) filter (where event_type in ('opened', 'clicked')) as opened_at,
            min(event_at) filter (where event_type = 'clicked') as clicked_at,
            min(event_at) filter (where event_type = 'unsubscribed') as unsubscribed_at
        from stg_crm__campaign_events group by message_id, crm_customer_id
    )"""
    expected = dated.query(COUNTED.format(sessions=sessions, order_lines=order_lines, touches=touches))
    assert (expected[["session_count", "order_count", "sent_count", "answer_count", "opened_count"]].sum() > 100).all()
    _assert_counted(rows, expected)


@pytest.mark.build
def test_sizes_follow_from_entries_and_exits(dated: Project) -> None:
    steps = dated.query(
        """
        select segmentation, activity_date, as_of_date, entry_count, exit_count, customer_count,
            lag(customer_count, 1, 0) over (partition by segment_key order by activity_date) as count_before,
            min(activity_date) over (partition by segmentation) as first_date
        from segment_performance
        """
    )
    later = steps[steps["activity_date"] > steps["first_date"]]
    assert (later["count_before"] + later["entry_count"] - later["exit_count"] == later["customer_count"]).all()
    first = steps[steps["activity_date"] == steps["first_date"]]
    assert (first[["entry_count", "exit_count"]] == 0).all(axis=None)
    moved = later[later["entry_count"] + later["exit_count"] > 0]
    assert ((moved["activity_date"] - moved["as_of_date"]).dt.days == 1).all()
    assert moved.groupby("segmentation")["entry_count"].sum()["value"] > 1000


# Forty customers with a CRM account each and a device for every fourth, over sixty days; all that the model reads.
WORLD = """
    create table int_activity__as_of_dates as
    select date '2025-01-31' as as_of_date, timestamp '2025-02-01' as as_of_end, true as is_latest;

    create table int_identity__accounts as
    select date '2025-01-31' as as_of_date, 'crm:' || number as account_key, 'c' || number as customer_id,
        number = 39 as is_test
    from range(40) as numbers (number)
    union all
    select date '2025-01-31', 'device:' || number, 'c' || number, false from range(0, 36, 4) as numbers (number);

    create table int_identity__id_history as select 'c1' as customer_id, 'new' as kind;
    create table int_permissions__unprofiled as
    select date '2025-01-31' as as_of_date, 'c38' as customer_id;

    create table segment_history as
    select 'c' || number as customer_id, 'rfm' as segmentation, 'rfm_' || number % 3 as segment_key,
        date '2025-01-31' as as_of_date, cast(null as varchar) as model_version
    from range(38) as numbers (number);

    create table int_activity__sessions as
    select case when number % 3 = 0 then 'device:' else 'crm:' end || number % 41 as account_key,
        date '2025-01-01' + cast(number * 7 % 90 as integer) as session_date, number % 2 as purchase_count,
        cast(number % 11 as decimal(18, 3)) as engaged_seconds, number % 13 = 0 as is_bot, 1 as version_count
    from range(900) as numbers (number);

    create table int_activity__order_lines as
    select 'crm:' || number % 40 as account_key, 'O' || number as order_id,
        date '2025-01-01' + cast(number * 11 % 90 as integer) as order_date,
        date '2025-01-01' + cast(number * 11 % 90 as integer) + interval 9 hour as booked_at,
        cast(case when number % 17 = 0 then date '2025-01-01' + cast(number * 11 % 90 as integer) end as timestamp)
            as cancelled_at,
        cast(number % 5 * 10 as decimal(18, 6)) as gross_amount, cast(number % 2 as decimal(18, 6)) as discount_amount,
        cast(case when number % 9 = 0 then 3 else 0 end as decimal(18, 6)) as returned_amount, 1 as version_count
    from range(600) as numbers (number);

    create table int_activity__campaign_touches as
    select 'crm:' || number % 40 as account_key, sent as touched_at, cast(sent as date) as touch_date,
        case when number % 2 = 0 then sent + to_hours(cast(number % 120 as integer)) end as opened_at,
        case when number % 6 = 0 then sent + to_hours(cast(number % 120 as integer)) end as clicked_at,
        case when number % 50 = 0 then sent + interval 1 hour end as unsubscribed_at, 1 as version_count
    from (
        select number, date '2025-01-01' + cast(number * 13 % 90 as integer) + interval 8 hour as sent
        from range(700) as numbers (number)
    );

    create table int_survey__answers as
    select date '2025-01-31' as as_of_date, 'c' || number % 38 as customer_id,
        date '2025-01-01' + cast(number * 19 % 31 as integer) as answered_date,
        cast(number % 5 / 4 as decimal(18, 9)) as score, 1 as version_count
    from range(200) as numbers (number);
"""
# What becomes known between two builds, each by the SQL that makes it so, and whether only a few days are counted anew.
CHANGES = {
    "the first date has no day after it": "",
    "a second date": """
        update int_activity__as_of_dates set as_of_date = '2025-02-20', as_of_end = '2025-02-21';
        update int_identity__accounts set as_of_date = '2025-02-20';
        update int_permissions__unprofiled set as_of_date = '2025-02-20';
        update int_survey__answers set as_of_date = '2025-02-20', answered_date = answered_date + 20;
        insert into segment_history
        select 'c' || number, 'rfm', 'rfm_' || number % 4, date '2025-02-20', null from range(38) as numbers (number);
        insert into segment_history
        select 'c' || number, 'cluster', 'cluster_' || number % 2, date '2025-02-20', 'kmeans-1'
        from range(38) as numbers (number);
    """,
    "nothing": "",
    "late rows, cancellations, returns and later openings": """
        insert into int_activity__sessions values ('crm:1', '2025-02-03', 1, 60, false, 1);
        update int_activity__order_lines set cancelled_at = '2025-02-19', version_count = 2 where order_id = 'O6';
        insert into int_activity__order_lines values
            ('crm:7', 'O7', (select order_date from int_activity__order_lines where order_id = 'O7'), '2025-02-19',
                null, 0, 0, 5, 1);
        update int_activity__campaign_touches set opened_at = touched_at + interval 70 hour, version_count = 2
        where opened_at is null and touch_date = '2025-02-10';
    """,
    "a third date, on which new customers come and a segment ends": """
        update int_activity__as_of_dates set as_of_date = '2025-03-25', as_of_end = '2025-03-26';
        update int_identity__accounts set as_of_date = '2025-03-25';
        update int_permissions__unprofiled set as_of_date = '2025-03-25';
        update int_survey__answers set as_of_date = '2025-03-25';
        insert into int_identity__accounts values ('2025-03-25', 'crm:40', 'c40', false);
        insert into segment_history
        select 'c' || number, 'rfm', 'rfm_' || number % 2, date '2025-03-25', null
        from range(41) as numbers (number) where number not in (5, 38, 39);
    """,
    "the date after it": """
        update int_activity__as_of_dates set as_of_date = '2025-03-28', as_of_end = '2025-03-29';
        update int_identity__accounts set as_of_date = '2025-03-28';
        update int_permissions__unprofiled set as_of_date = '2025-03-28';
        update int_survey__answers set as_of_date = '2025-03-28';
    """,
    "a log-in tells whose a device is": """
        insert into int_identity__accounts values ('2025-03-28', 'device:3', 'c3', false);
    """,
    "two customers turn out to be one": """
        update int_identity__accounts set customer_id = 'c4' where customer_id = 'c9';
        insert into int_identity__id_history values ('c4', 'merged');
    """,
    "somebody objects": "insert into int_permissions__unprofiled values ('2025-03-28', 'c12');",
    "somebody is erased": """
        delete from segment_history where customer_id = 'c15';
        delete from int_identity__accounts where customer_id = 'c15';
    """,
    "a date between is recorded": """
        insert into segment_history
        select customer_id, segmentation, 'rfm_8', date '2025-02-05', null from segment_history
        where as_of_date = '2025-01-31' and segmentation = 'rfm';
    """,
    "a date is taken back": "delete from segment_history where as_of_date = '2025-02-20' and segmentation = 'cluster'",
    "the first date is taken back": "delete from segment_history where as_of_date = '2025-01-31'",
}


@pytest.fixture(scope="module")
def count(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., duckdb.DuckDBPyConnection]]:
    """Run the model alone over hand-made parents, dbt staying in this process; returns a connection."""
    folder = tmp_path_factory.mktemp("performance")
    file = folder / "strate.duckdb"
    quiet = ("--quiet", "--log-level", "none", "--log-level-file", "none")
    runners: dict[str, dbtRunner] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATE_DUCKDB_PATH", str(file))
        patch.setenv("DBT_TARGET_PATH", str(folder / "target"))
        patch.setenv("DBT_LOG_PATH", str(folder / "logs"))
        patch.setenv("DBT_SEND_ANONYMOUS_USAGE_STATS", "false")
        with duckdb.connect(str(file)) as connection:
            connection.execute("create schema raw")
            create_inputs(connection, {})
            connection.execute(WORLD)

        def run(change: str, *options: str, **variables: None) -> duckdb.DuckDBPyConnection:
            with duckdb.connect(str(file)) as connection:
                connection.execute(change)
            given = json.dumps(INPUT_VARS | TINY_SETTINGS | {"response_window_days": WINDOW_DAYS} | variables)
            shared = ("--vars", given, "--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT))
            if given not in runners:
                runners[given] = dbtRunner(manifest=dbtRunner().invoke([*quiet, "parse", *shared]).result)
            done = runners[given].invoke(
                [*quiet, "run", "--select", "days", "segment_performance", "--threads", "1", *shared, *options]
            )
            assert done.success, done.exception or [node.message for node in done.result]
            return duckdb.connect(str(file))

        yield run


@pytest.mark.build
@pytest.mark.xdist_group("performance")
def test_increments_equal_a_rebuild_whatever_came_in_between(count) -> None:
    for name, change in CHANGES.items():
        with count(change) as connection:
            rows = connection.execute(ROWS).df()
            _assert_counted(rows, connection.execute(COUNTED.format(**ACTIVITY)).df())
            assert (len(rows) > 0) == (name != "the first date has no day after it"), name
            grown = connection.execute("select * from segment_performance order by all").df()
    assert (grown[["session_count", "order_count", "sent_count", "answer_count"]].sum() > 0).all()
    with count("", "--full-refresh") as connection:
        pd.testing.assert_frame_equal(connection.execute("select * from segment_performance order by all").df(), grown)


@pytest.mark.build
@pytest.mark.xdist_group("performance")
def test_only_days_that_changed_are_replaced_and_a_build_of_the_past_replaces_none(count) -> None:
    """Rows are marked, and those of days that are counted anew lose the mark."""
    mark = "update segment_performance set engaged_minutes = -1; "
    kept = "select count(*) from segment_performance where engaged_minutes = -1"
    with count("", "--full-refresh") as connection:
        ((row_count,),) = connection.execute("select count(*) from segment_performance").fetchall()
        assert row_count > 100
    with count(mark) as connection:
        assert connection.execute(kept).fetchall() == [(row_count,)]
    with count("insert into int_activity__sessions values ('crm:1', '2025-03-04', 0, 60, false, 1)") as connection:
        days = connection.execute(
            "select distinct activity_date::varchar from segment_performance where engaged_minutes <> -1"
        ).fetchall()
        assert days == [("2025-03-04",)]
    past = """
        update int_activity__as_of_dates set as_of_date = '2025-03-01', as_of_end = '2025-03-02';
        update int_identity__accounts set as_of_date = '2025-03-01';
    """
    with count(mark + past) as connection:
        assert connection.execute(kept).fetchall() == [(row_count,)]


@pytest.mark.build
@pytest.mark.xdist_group("performance")
@pytest.mark.parametrize("off", [("tracking_events", "survey_responses"), ("erp_orders", "crm_campaign_events")])
def test_columns_of_inputs_that_are_off_are_null_and_others_are_not(count, off: tuple[str, ...]) -> None:
    now = """
        update int_activity__as_of_dates set as_of_date = '2025-03-28', as_of_end = '2025-03-29';
        update int_identity__accounts set as_of_date = '2025-03-28';
    """
    lines = {"erp_order_lines": None} if "erp_orders" in off else {}
    with count(now, "--full-refresh", **dict.fromkeys(off), **lines) as connection:
        rows = connection.execute("select * from segment_performance").df()
    for name, columns in INPUTS_OFF.items():
        for column in columns:
            assert rows[column].isna().all() == (name in off), column


@pytest.mark.build
def test_what_is_beyond_its_period_is_unknown_and_the_history_begins_anew(dated: Project, tmp_path: Path) -> None:
    project = Project(tmp_path)
    shutil.copy(dated.database, project.database)
    last = pd.Timestamp(dated.query("select max(activity_date) from segment_performance").iloc[0, 0])
    cut_offs = {"tracking": last - pd.Timedelta(days=20), "history": last - pd.Timedelta(days=40)}
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(
            "create table retention_cutoffs (class varchar, relation varchar, retention_days bigint,"
            " as_of_date date, cut_off_date date, expired_count bigint)"
        )
        for name, cut_off in cut_offs.items():
            connection.execute(
                "insert into retention_cutoffs (class, cut_off_date, as_of_date) values (?, ?, ?)",
                [name, cut_off, last],
            )
    periods = {"retention_days": {"tracking": 200, "history": 40}}
    project.build("--select", "segment_performance", variables=periods)
    rows = project.query("select * from segment_performance")
    before = dated.query("select * from segment_performance")
    assert rows["as_of_date"].min() == last - pd.Timedelta(days=30)
    is_unknown = rows["activity_date"] < cut_offs["tracking"]
    assert is_unknown.any()
    for column in INPUTS_OFF["tracking_events"]:
        assert rows[is_unknown][column].isna().all()
    assert rows[~is_unknown]["session_count"].notna().all()
    assert rows["order_count"].notna().all()
    # Nobody entered on the first day that is left, who did when there was a day before.
    first = rows["activity_date"].min()
    assert before[before["activity_date"] == first]["entry_count"].sum() > 0
    assert rows[rows["activity_date"] == first]["entry_count"].sum() == 0
