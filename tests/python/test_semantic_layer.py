"""Metrics that MetricFlow answers are those of plain SQL, and none of them counts a customer once per segmentation."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from conftest import PROJECT, Project

pytestmark = pytest.mark.build

LATEST = "(select max(as_of_date) from customer_features)"
OF_SEGMENTS = """
    select {keys}, count(*) as segment_customers,
        count(*) / (select count(*) from customers)::double as segment_share,
        sum(revenue) as segment_revenue, sum(revenue_365_days) as segment_revenue_365_days,
        sum(order_count)::double as segment_orders, sum(revenue) / nullif(sum(order_count), 0) as average_basket,
        count(*) filter (where recency_days > 365) / nullif(count(recency_days), 0) as churn_rate,
        avg(expected_revenue) as mean_expected_revenue, avg(purchase_probability) as mean_purchase_probability,
        avg(click_probability) as mean_click_probability, avg(churn_probability) as mean_churn_probability,
        avg(engagement_score) as mean_engagement_score, avg(composite_score) as mean_composite_score
    from customer_segments
    inner join customer_features using (customer_id, as_of_date)
    left join customer_scores using (customer_id, as_of_date)
    inner join customers using (customer_id, as_of_date)
    group by all
"""
SEGMENT_METRICS = [
    *("segment_customers", "segment_share", "segment_revenue", "segment_revenue_365_days", "segment_orders"),
    *("average_basket", "churn_rate", "mean_expected_revenue", "mean_purchase_probability", "mean_click_probability"),
    *("mean_churn_probability", "mean_engagement_score", "mean_composite_score"),
]
OF_DAYS = """
    select {keys}, sum(revenue) as daily_revenue, sum(order_count)::double as daily_orders,
        sum(session_count)::double as daily_sessions, sum(engaged_minutes) as daily_engaged_minutes,
        sum(revenue) / nullif(sum(order_count), 0) as daily_average_basket,
        sum(converting_session_count) / nullif(sum(session_count), 0) as conversion_rate,
        sum(engaged_minutes) / nullif(sum(session_count), 0) as engaged_minutes_per_session,
        sum(open_rate * sent_count) / nullif(sum(sent_count) filter (where open_rate is not null), 0) as open_rate,
        sum(click_rate * sent_count) / nullif(sum(sent_count) filter (where open_rate is not null), 0) as click_rate,
        sum(unsubscribe_rate * sent_count) / nullif(sum(sent_count) filter (where open_rate is not null), 0)
            as unsubscribe_rate,
        sum(feedback_sum) / nullif(sum(answer_count), 0) as feedback_score
    from segment_performance where {where} group by all
"""
DAY_METRICS = [
    *("daily_revenue", "daily_orders", "daily_sessions", "daily_engaged_minutes", "daily_average_basket"),
    *("conversion_rate", "engaged_minutes_per_session", "open_rate", "click_rate", "unsubscribe_rate"),
    "feedback_score",
]
CUSTOMER_METRICS = ["customers", "revenue", "revenue_365_days", "orders", "sessions", "engaged_minutes"]
CUSTOMER_SUMS = """
    count(*)::double as customers, sum(revenue) as revenue, sum(revenue_365_days) as revenue_365_days,
    sum(order_count)::double as orders, sum(session_count)::double as sessions,
    sum(engaged_minutes) as engaged_minutes
"""
# Each query of MetricFlow, and the SQL that answers it.
QUERIES = {
    "customers by country": (
        {"metric_names": CUSTOMER_METRICS, "group_by_names": ["customer__country"]},
        f"""
        select customers.country_code as customer__country, {CUSTOMER_SUMS}
        from customer_features inner join customers using (customer_id, as_of_date) group by all
        """,
    ),
    "customers by date": (
        {"metric_names": CUSTOMER_METRICS, "group_by_names": ["metric_time__day"]},
        f"select as_of_date as metric_time__day, {CUSTOMER_SUMS} from customer_features group by all",
    ),
    "customers of the last date only": (
        {"metric_names": CUSTOMER_METRICS},
        f"select {CUSTOMER_SUMS} from customer_features where as_of_date = {LATEST}",
    ),
    "members by segment and country": (
        {
            "metric_names": SEGMENT_METRICS,
            "group_by_names": ["membership__segmentation", "membership__segment", "customer__country"],
        },
        OF_SEGMENTS.format(
            keys="segmentation as membership__segmentation, segment_key as membership__segment,"
            " customers.country_code as customer__country"
        ),
    ),
    "days by segment": (
        {
            "metric_names": DAY_METRICS,
            "group_by_names": ["metric_time__week", "segment_day__segmentation", "segment_day__segment"],
        },
        OF_DAYS.format(
            keys="date_trunc('week', activity_date) as metric_time__week, segmentation as segment_day__segmentation,"
            " segment_key as segment_day__segment",
            where="true",
        ),
    ),
    "days of one segmentation": (
        {
            "metric_names": DAY_METRICS,
            "group_by_names": ["metric_time__day"],
            "where_constraints": ["{{ Dimension('segment_day__segmentation') }} = 'lifecycle'"],
        },
        OF_DAYS.format(keys="activity_date as metric_time__day", where="segmentation = 'lifecycle'"),
    ),
}
# All segmentations have these days; before, one has none.
SINCE = "2025-12-02"
SEVERAL = {
    "members of all segmentations": {"metric_names": SEGMENT_METRICS},
    "days of all segmentations": {
        "metric_names": DAY_METRICS,
        "where_constraints": [f"{{{{ TimeDimension('metric_time', 'day') }}}} >= '{SINCE}'"],
    },
}


@pytest.fixture(scope="module")
def folder(dated: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that MetricFlow takes for the project: what dbt parsed has to be in its `target`."""
    folder = tmp_path_factory.mktemp("metricflow")
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder / name)
    (folder / "target").mkdir()
    shutil.copy(dated.folder / "target/semantic_manifest.json", folder / "target")
    return folder


def _run(dated: Project, folder: Path, *command: str, **options: str) -> None:
    environment = os.environ | {
        "STRATE_DUCKDB_PATH": str(dated.database),
        "DBT_LOG_PATH": str(folder / "logs"),
        "DBT_PROFILES_DIR": str(folder),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    run = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300, **options
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-3000:]


@pytest.fixture(scope="module")
def answers(dated: Project, folder: Path) -> dict[str, pd.DataFrame]:
    queries = {name: query for name, (query, _) in QUERIES.items()} | SEVERAL
    script = str(Path(__file__).with_name("metricflow_queries.py"))
    _run(dated, folder, sys.executable, script, input=json.dumps(list(queries.values())))
    found = json.loads((folder / "answers.json").read_text())
    return {
        name: pd.DataFrame(answer["rows"], columns=answer["columns"])
        for name, answer in zip(queries, found, strict=True)
    }


def _sorted(frame: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    """Return the frame by its keys, dates and numbers as such whatever they came as."""
    frame = frame.copy()
    for column in frame:
        if column.startswith("metric_time"):
            frame[column] = pd.to_datetime(frame[column]).dt.as_unit("s")
        elif column not in keys:
            frame[column] = frame[column].astype(float)
    return frame.sort_values(keys, ignore_index=True) if keys else frame


@pytest.mark.parametrize("name", QUERIES)
def test_metrics_are_those_of_plain_sql(name: str, answers: dict[str, pd.DataFrame], dated: Project) -> None:
    query, sql = QUERIES[name]
    found, expected = answers[name], dated.query(sql)
    keys = query.get("group_by_names", [])
    assert set(found) == {*keys, *query["metric_names"]}
    assert found[query["metric_names"]].notna().any().all()
    pd.testing.assert_frame_equal(_sorted(found, keys), _sorted(expected[list(found)], keys), check_exact=False)


@pytest.mark.parametrize(
    ("name", "of_one"),
    [
        ("members of all segmentations", OF_SEGMENTS.format(keys="segmentation")),
        ("days of all segmentations", OF_DAYS.format(keys="segmentation", where=f"activity_date >= '{SINCE}'")),
    ],
)
def test_over_several_segmentations_sums_are_null_and_the_rest_is_right(
    name: str, of_one: str, answers: dict[str, pd.DataFrame], dated: Project
) -> None:
    sums = {"segment_share", "segment_revenue", "segment_revenue_365_days", "segment_orders", *DAY_METRICS[:4]}
    expected = dated.query(of_one).set_index("segmentation").loc["lifecycle"]
    for metric, value in answers[name].iloc[0].items():
        if metric in sums:
            assert value is None, metric
        elif metric == "segment_customers":
            assert value == expected[metric]
        else:
            assert float(value) == pytest.approx(expected[metric]), metric


def test_the_command_answers_a_saved_query(dated: Project, folder: Path) -> None:
    mf = str(Path(sys.executable).with_name("mf"))
    _run(dated, folder, mf, "query", "--saved-query", "segment_overview", "--csv", str(folder / "overview.csv"))
    overview = pd.read_csv(folder / "overview.csv")
    sizes = dated.query("select segment_key, customer_count from segments").set_index("segment_key")["customer_count"]
    found = overview.set_index("membership__segment")["segment_customers"]
    assert found.to_dict() == sizes.to_dict()
    assert overview.groupby("membership__segmentation")["segment_share"].sum().to_list() == pytest.approx(
        [1.0] * overview["membership__segmentation"].nunique()
    )
