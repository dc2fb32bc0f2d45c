"""The input contract: every input off, broken, or with columns of the user's own."""

from pathlib import Path

import duckdb
import pytest

from strate.clustering import load_clustering
from strate.report import write_report

from conftest import INPUTS, NO_DEMO_SEEDS, Project, tiny_vars

pytestmark = pytest.mark.build

SYSTEMS = {
    "crm": ("crm_customers", "crm_consents", "crm_campaign_events"),
    "erp": ("erp_orders", "erp_order_lines", "erp_products"),
    "tracking": ("tracking_events",),
    "survey": ("survey_responses",),
}
# Surveys feed none of the features that are clustered by default.
SEGMENTATIONS = {
    "crm": {"cluster"},
    "erp": {"rfm", "value", "lifecycle", "cluster", "value_by_lifecycle"},
    "tracking": {"cluster"},
    "survey": set(),
}
# Scores that are asked for, and their outcomes.
SCORES = {
    "crm": {},
    "erp": {},
    "tracking": {"purchase": "input_off", "click": "input_off", "composite": "without_value_propensity"},
    "survey": {},
}
# A group of columns, the input that feeds it, and a count that is null when that input is off.
COUNTS = {
    "erp_orders": "order_count",
    "tracking_events": "session_count",
    "crm_campaign_events": "campaign_sent_count",
}


def _assert_counts_are_null_where_off(project: Project, on: tuple[str, ...]) -> None:
    for name, count in COUNTS.items():
        known = project.query(f"select count(*) as n, count({count}) as known from customer_features").iloc[0]
        assert known["n"] > 0
        assert known["known"] == (known["n"] if name in on else 0), count


@pytest.mark.parametrize("off", INPUTS)
def test_builds_green_without_any_one_input(off: str, tiny_inputs: Path, tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(tiny_inputs, **{off: None}))
    _assert_counts_are_null_where_off(project, tuple(name for name in INPUTS if name != off))


@pytest.mark.parametrize("system", SYSTEMS)
def test_builds_green_with_one_system_alone(system: str, tiny_inputs: Path, tmp_path: Path) -> None:
    project = Project(tmp_path)
    off = {name: None for name in INPUTS if name not in SYSTEMS[system]}
    targets = [name for name in SCORES[system] if name != "composite"]
    project.build(*NO_DEMO_SEEDS, variables=tiny_vars(tiny_inputs, **off, propensity_targets=targets))
    _assert_counts_are_null_where_off(project, SYSTEMS[system])
    for target, outcome in SCORES[system].items():
        found = project.query(f"select distinct {target}_outcome as outcome from customer_scores")["outcome"]
        assert list(found) == [outcome], target
    segmentations = set(project.query("select distinct segmentation from segments")["segmentation"])
    assert segmentations == SEGMENTATIONS[system]
    outcome = project.query("select distinct outcome from clustering_candidates")["outcome"]
    assert list(outcome) == ["no_usable_features" if system == "survey" else "fitted"]
    write_report(project.database, "main", project.folder / "target", tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert ('"value-1":' in page) == (system == "erp")
    assert ('"picture-1":' in page) == (system != "survey")


def test_no_input_with_people_is_a_clear_error(tiny_inputs: Path, tmp_path: Path) -> None:
    off = {name: None for name in INPUTS if name != "geo_areas"}
    run = Project(tmp_path).dbt("build", *NO_DEMO_SEEDS, variables=tiny_vars(tiny_inputs, **off))
    assert run.returncode != 0
    assert "no input that knows customers is on" in run.output


def test_broken_inputs_are_named_with_the_mend_before_anything_is_built(tiny_inputs: Path, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"copy (select * exclude (event_at) from '{tiny_inputs}/tracking_events.parquet')"
            f" to '{tmp_path}/no_event_at.parquet'"
        )
        connection.execute(
            f"copy (select * replace ([1, 2] as quantity) from '{tiny_inputs}/erp_order_lines.parquet')"
            f" to '{tmp_path}/nested_quantity.parquet'"
        )
    project = Project(tmp_path / "build")
    run = project.dbt(
        "build",
        *NO_DEMO_SEEDS,
        variables=tiny_vars(
            tiny_inputs,
            crm_customers="raw.no_such_table",
            tracking_events=f"'{tmp_path}/no_event_at.parquet'",
            erp_order_lines=f"'{tmp_path}/nested_quantity.parquet'",
            survey_responses=f"'{tmp_path}/no_such_file.parquet'",
            extra_columns={"geo_areas": ["climate"]},
        ),
    )
    assert run.returncode != 0
    for var, column, mend in [
        ("crm_customers", "raw.no_such_table", "set the var to null"),
        ("tracking_events", "`event_at`", "add it in a model"),
        ("erp_order_lines", "`quantity`", "cast it to number or text"),
        ("survey_responses", "no_such_file.parquet", "set the var to null"),
        ("geo_areas", "`climate`", "take it off that list"),
    ]:
        line = next((line for line in run.output.splitlines() if f"var `{var}`" in line), "")
        assert column in line, run.output
        assert mend in line, run.output
    assert not any(node.startswith(("model", "seed")) for node in run.results)


def test_settings_that_make_no_sense_are_named(tmp_path: Path) -> None:
    run = Project(tmp_path).dbt(
        "build",
        "--select",
        "country_aliases",
        variables={
            "min_silhouette": "high",
            "clustering_transform": "cube",
            "clustering_nominal_features": {"revenue": ["high"]},
            "as_of_date": "yesterday",
            "extra_columns": {"erp_orders": ["margin"]},
            "lifecycle_lapsed_days": 10,
            "segment_names": None,
            "survivorship": {"city": "newest", "shoe_size": "longest", "email": "longest"},
            "survivorship_trusted_sources": ["crm"],
            "identity_match_fields": {"last_nam": "last_name", "city": "place"},
            "identity_conflict_fields": ["birth_date"],
            "identity_blocking_rules": [["city"], ["birth_date"]],
            "score_horizon_days": 0,
            "propensity_targets": ["buy"],
            "propensity_features": ["revenu"],
            "propensity_categories": "gender",
            "churn_rule": "never",
            "engagement_parts": {"session_count": {"half": 0, "weight": 1}},
            "composite_weights": {"value": 1, "clicks": 1},
        },
    )
    assert run.returncode != 0
    for name in (
        "min_silhouette",
        "clustering_transform",
        "clustering_nominal_features",
        "as_of_date",
        "extra_columns",
        "lifecycle_lapsed_days",
        "segment_names",
        "survivorship_trusted_sources",
        "score_horizon_days",
        "propensity_categories",
        "churn_rule",
        "composite_weights",
    ):
        assert f"`{name}`" in run.output, name
    assert 'var `survivorship` gives `city` the rule "newest"' in run.output
    assert "var `survivorship` gives `shoe_size`" in run.output
    assert "var `identity_match_fields` names `last_nam`: take one of last_name" in run.output
    assert 'var `identity_match_fields` compares `city` as "place"' in run.output
    assert "`identity_conflict_fields`" in run.output
    assert 'var `identity_blocking_rules` has ["birth_date"]' in run.output
    assert "`email`" not in run.output
    assert "var `propensity_targets` names `buy`, which is not a target: take one of purchase" in run.output
    assert "var `propensity_features` names `revenu`, which is not a numeric column" in run.output
    assert "var `engagement_parts` gives `session_count`" in run.output


def test_own_and_nominal_columns_take_part_in_clustering(tiny_inputs: Path, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            f"""
            copy (select *, hash(crm_customer_id) % 3 as loyalty_tier, 'x' as note
                  from '{tiny_inputs}/crm_customers.parquet') to '{tmp_path}/customers.parquet'
            """
        )
    project = Project(tmp_path / "build")
    project.build(
        *NO_DEMO_SEEDS,
        variables=tiny_vars(
            tiny_inputs,
            crm_customers=f"'{tmp_path}/customers.parquet'",
            extra_columns={"crm_customers": ["loyalty_tier"]},
            clustering_features=["loyalty_tier", "order_count"],
            clustering_nominal_features={"gender": ["female", "male"], "is_in_erp": [True]},
            profile_features=["loyalty_tier", "revenue"],
        ),
    )
    tiers = project.query("select distinct loyalty_tier from customer_features where loyalty_tier is not null")
    assert set(tiers["loyalty_tier"]) == {0, 1, 2}
    assert "note" not in project.query("from customer_features limit 1").columns
    used = project.query("select name, value from clustering_fit where parameter = 'is_used'").set_index("name")[
        "value"
    ]
    nominal = ["gender_is_female", "gender_is_male", "is_in_erp_is_true"]
    assert set(used.index) == {"loyalty_tier", "order_count", *nominal}
    assert (used == 1).all()
    customers = project.query(
        """
        select
            cluster_id, loyalty_tier, order_count,
            (gender is not distinct from 'female')::int as gender_is_female,
            (gender is not distinct from 'male')::int as gender_is_male,
            is_in_erp::int as is_in_erp_is_true
        from int_segments__clusters inner join int_segments__customers using (customer_id)
        """
    )
    predicted = load_clustering(project.query("from clustering_fit")).predict(customers)
    assert (predicted == customers["cluster_id"]).all()


def test_an_input_that_the_run_builds_itself_is_checked_when_it_is_there(tmp_path: Path) -> None:
    """A consumer maps a model of theirs; what it lacks is found once it is built, and named."""
    run = Project(tmp_path).dbt(
        "build",
        "--select",
        "country_aliases",
        "+base_erp__products",
        variables={"erp_products": "{{ ref('country_aliases') }}"},
    )
    assert run.returncode != 0
    assert "var `erp_products`" in run.output
    assert "`product_id`" in run.output
