"""Inputs with nothing, one of everything, everybody alike or everything twice: each ends in an outcome with a name."""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from conftest import INPUTS, NO_DEMO_SEEDS, Project, tiny_vars

pytestmark = [pytest.mark.build, pytest.mark.xdist_group("degenerate")]

# Tiny inputs are built without scores; here they are asked for.
SCORES: dict[str, Any] = {
    "value_methods": ["past_rate", "recency", "boosting"],
    "propensity_targets": ["purchase", "click", "churn"],
    "propensity_algorithms": ["logistic"],
    "propensity_trials": 1,
}
# Each input is empty in one of two builds: (those that are, the counts that are then 0, the outcome of the clustering).
EMPTY = [
    (
        ("crm_consents", "crm_campaign_events", "erp_orders", "erp_products", "tracking_events"),
        ("order_count", "revenue", "session_count", "campaign_sent_count"),
        "too_few_distinct_rows",
    ),
    (("crm_customers", "erp_order_lines", "survey_responses", "geo_areas"), ("order_count", "revenue"), "fitted"),
]


def _copy(source: Path, out: Path, selects: dict[str, str]) -> Path:
    """Write the inputs with some of them as a select from `input`."""
    out.mkdir(parents=True)
    with duckdb.connect() as connection:
        for name in INPUTS:
            connection.execute(f"create or replace view input as select * from '{source}/{name}.parquet'")
            connection.execute(f"copy ({selects.get(name, 'select * from input')}) to '{out}/{name}.parquet'")
    return out


def _assert_rows_add_up(project: Project) -> None:
    counts = project.query("select * from input_row_counts")
    assert set(counts["input"]) == set(INPUTS)
    sums = counts["kept_count"] + counts["duplicate_key_count"] + counts["rejected_count"]
    assert counts["row_count"].tolist() == sums.tolist()


def _clustering(project: Project) -> dict[str, Any]:
    rows = project.query("select outcome, reason, cluster_count from clustering_candidates where is_chosen")
    return rows.iloc[0].to_dict()


def _scores(project: Project) -> dict[str, set[str]]:
    """Return the outcomes that there are of each score; the gate on coverage has looked at the scores."""
    scores = project.query("from customer_scores")
    assert scores["is_fall_back"].all()
    assert scores["composite_score"].between(0, 1).all()
    return {name: set(scores[f"{name}_outcome"]) for name in ("value", "purchase", "click", "churn", "composite")}


def test_all_inputs_empty_is_one_failed_gate_that_says_so(tiny_inputs: Path, tmp_path: Path) -> None:
    inputs = _copy(tiny_inputs, tmp_path / "inputs", dict.fromkeys(INPUTS, "select * from input where false"))
    project = Project(tmp_path / "build")
    run = project.dbt("build", *NO_DEMO_SEEDS, variables=tiny_vars(inputs, **SCORES))
    assert run.returncode == 1
    failed = [node for node, status in run.results.items() if status in ("error", "fail")]
    assert failed == ["test.strate.assert_customers_exist"]
    assert "there are no customers: no input has a row with a usable date" in run.output


@pytest.mark.parametrize(("empty", "zero_counts", "outcome"), EMPTY)
def test_an_empty_input_counts_nothing(
    empty: tuple[str, ...], zero_counts: tuple[str, ...], outcome: str, tiny_inputs: Path, tmp_path: Path
) -> None:
    inputs = _copy(tiny_inputs, tmp_path / "inputs", dict.fromkeys(empty, "select * from input where false"))
    project = Project(tmp_path / "build")
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(inputs))
    _assert_rows_add_up(project)
    counts = project.query("select * from input_row_counts").set_index("input")["row_count"]
    assert set(counts[counts == 0].index) == set(empty)
    for count in ("order_count", "revenue", "session_count", "campaign_sent_count"):
        known = project.query(
            f"select count(*) - count({count}) as unknown, sum({count}) as total from customer_features"
        ).iloc[0]
        assert known["unknown"] == 0, count
        assert (known["total"] == 0) == (count in zero_counts), count
    assert _clustering(project)["outcome"] == outcome


def test_one_customer_with_one_row_in_each_table_is_one_cluster(tiny_inputs: Path, tmp_path: Path) -> None:
    crm = f"'{tiny_inputs}/crm_customers.parquet'"
    with duckdb.connect() as connection:
        # Somebody of whom each system has something.
        ((customer, user, order),) = connection.execute(
            f"""
            select crm_customer_id, user_id, min(order_id)
            from {crm}
            inner join '{tiny_inputs}/erp_orders.parquet' using (crm_customer_id)
            semi join '{tiny_inputs}/crm_consents.parquet' using (crm_customer_id)
            semi join '{tiny_inputs}/crm_campaign_events.parquet' using (crm_customer_id)
            semi join '{tiny_inputs}/survey_responses.parquet' using (crm_customer_id)
            semi join '{tiny_inputs}/tracking_events.parquet' using (user_id)
            group by all order by all limit 1
            """
        ).fetchall()
    keys = dict.fromkeys(
        ("crm_customers", "crm_consents", "crm_campaign_events", "survey_responses"), "crm_customer_id"
    )
    keys |= {"erp_orders": "order_id", "erp_order_lines": "order_id", "tracking_events": "user_id"}
    values = {"crm_customer_id": customer, "order_id": order, "user_id": user}
    conditions = {name: f"where {key} = '{values[key]}'" for name, key in keys.items()}
    selects = {name: f"select * from input {conditions.get(name, '')} order by all limit 1" for name in INPUTS}
    inputs = _copy(tiny_inputs, tmp_path / "inputs", selects)
    project = Project(tmp_path / "build")
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(inputs, **SCORES))
    _assert_rows_add_up(project)
    assert set(project.query("select row_count from input_row_counts")["row_count"]) == {1}
    assert len(project.query("from customers")) == 1
    clustering = _clustering(project)
    assert clustering["outcome"] == "too_few_distinct_rows"
    assert clustering["cluster_count"] == 1
    segments = project.query("select segmentation, customer_count, customer_share from segments")
    assert sorted(segments["segmentation"]) == ["cluster", "lifecycle", "rfm", "value", "value_by_lifecycle"]
    assert set(segments["customer_count"]) == {1}
    assert set(segments["customer_share"]) == {1.0}
    assert _scores(project) == {
        "value": {"too_few_customers"},
        "purchase": {"too_few_customers"},
        "click": {"no_past_horizon"},
        "churn": {"no_past_horizon"},
        "composite": {"scored"},
    }


def test_customers_who_are_all_alike_stay_apart_and_share_every_segment(tmp_path: Path) -> None:
    """Two hundred of one name, birth date and address, who bought the same: identifiers alone make two one."""
    customers = "range(200) as people(n)"
    tables = {
        "crm_customers": f"""
            select 'C' || n as crm_customer_id, 'a' || n || '@example.org' as email, 'Ada' as first_name,
                'Lovelace' as last_name, '1980-12-10' as birth_date, 'FR' as country, '75011' as postal_code,
                timestamp '2024-01-01' as created_at, timestamp '2024-01-01' as updated_at from {customers}
        """,
        "erp_orders": f"""
            select 'O' || n as order_id, 'C' || n as crm_customer_id, timestamp '2025-05-05 12:00:00' as ordered_at
            from {customers}
        """,
        "erp_order_lines": f"""
            select 'L' || n as order_line_id, 'O' || n as order_id, 2 as quantity, 9.99 as unit_price from {customers}
        """,
        "tracking_events": f"""
            select 'E' || n as event_id, 'D' || n as anonymous_id, 'page_view' as event_name,
                timestamp '2025-05-05 12:00:00' as event_at from {customers}
        """,
    }
    with duckdb.connect() as connection:
        for name, select in tables.items():
            connection.execute(f"copy ({select}) to '{tmp_path}/{name}.parquet'")
    off = {name: None for name in INPUTS if name not in tables}
    project = Project(tmp_path / "build")
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(tmp_path, **off, **SCORES))
    assert len(project.query("from customers")) == 200
    clustering = _clustering(project)
    assert clustering["outcome"] == "too_few_distinct_rows"
    assert clustering["cluster_count"] == 1
    segments = project.query("select segmentation, customer_count from segments order by segmentation")
    assert segments["segmentation"].tolist() == ["cluster", "lifecycle", "rfm", "value", "value_by_lifecycle"]
    assert set(segments["customer_count"]) == {200}
    assert _scores(project) == {
        "value": {"no_past_horizon"},
        "purchase": {"too_few_positives"},
        "click": {"input_off"},
        "churn": {"too_few_customers"},
        "composite": {"scored"},
    }
    assert len(project.query("select distinct composite_score, composite_decile from customer_scores")) == 1
    # The gate on shares, as it comes, stops the build by name.
    variables = tiny_vars(tmp_path, **off, max_segment_share=0.6)
    run = project.dbt("test", "--select", "clustering_candidates", "segments", variables=variables)
    assert run.returncode == 1
    assert "Gate warns: no clustering was fitted (too_few_distinct_rows)" in run.output
    assert "max_segment_share = 0.6" in run.output


def test_a_thousand_empty_columns_become_features_and_ten_thousand_are_refused(
    tiny_inputs: Path, tmp_path: Path
) -> None:
    names = [f"attribute_{number}" for number in range(10_000)]
    nulls = ", ".join(f"cast(null as varchar) as {name}" for name in names)
    inputs = _copy(tiny_inputs, tmp_path / "inputs", {"crm_customers": f"select *, {nulls} from input"})
    project = Project(tmp_path / "build")
    run = project.dbt(
        "build",
        "--select",
        "country_aliases",
        variables={"extra_columns": {"crm_customers": [name.replace("attribute", "a") for name in names]}},
    )
    assert run.returncode != 0
    assert "var `extra_columns` names 10000 columns of `crm_customers`: name at most 1000" in run.output
    project.build(
        *NO_DEMO_SEEDS,
        "--select",
        "+customer_features",
        variables=tiny_vars(inputs, extra_columns={"crm_customers": names[:1000]}, training_date_count=0),
    )
    features = project.query("from customer_features")
    everybody = project.query("select distinct customer_id from int_identity__customers")
    unprofiled = project.query("select distinct customer_id from int_permissions__unprofiled")
    assert len(features) == len(everybody) - len(unprofiled)
    assert features[names[:1000]].isna().all(axis=None)
    assert names[1000] not in features.columns


def test_extra_columns_with_impossible_names_are_refused_one_by_one(tmp_path: Path) -> None:
    run = Project(tmp_path).dbt(
        "build",
        "--select",
        "country_aliases",
        variables={
            "extra_columns": {
                "crm_customers": [
                    "order",
                    "loyalty tier",
                    "x; y",
                    "Email",
                    "revenue",
                    "account_key",
                    "tier",
                ],
                "geo_areas": ["tier", "climate"],
            }
        },
    )
    assert run.returncode != 0
    lines = {line.split("`")[3]: line for line in run.output.splitlines() if "var `extra_columns` names `" in line}
    assert set(lines) == {"order", "loyalty tier", "x; y", "email", "revenue", "account_key", "tier"}
    for name, line in lines.items():
        is_no_name = name in ("order", "loyalty tier", "x; y")
        assert ("which SQL cannot read as a name" in line) == is_no_name, line
        assert "rename the column" in line
