"""Strate as a package in somebody else's project."""

import subprocess
import sys
from pathlib import Path

import pytest

from strate.audit import verify_log

from conftest import INPUTS, PROJECT, TINY_SETTINGS, Project

pytestmark = pytest.mark.build


def _consumer(folder: Path) -> Path:
    """Write a project with orders of its own."""
    (folder / "models").mkdir(parents=True)
    off = "\n".join(f"    {name}: null" for name in (*INPUTS, "survey_items", "exchange_rates") if name != "erp_orders")
    gates = "\n".join(f"    {name}: {value}" for name, value in TINY_SETTINGS.items())
    (folder / "dbt_project.yml").write_text(
        f"""
name: shop
config-version: 2
profile: shop
vars:
  strate:
    erp_orders: "{{{{ ref('shop', 'orders') }}}}"
{off}
    training_date_count: 0
{gates}
models:
  strate:
    +schema: strate
seeds:
  strate:
    +schema: strate
    demo:
      +enabled: false
"""
    )
    (folder / "profiles.yml").write_text(
        """
shop:
  target: dev
  outputs:
    dev:
      type: duckdb
      path: "{{ env_var('STRATE_DUCKDB_PATH') }}"
"""
    )
    (folder / "packages.yml").write_text(f"packages:\n  - local: {PROJECT}\n")
    (folder / "models/orders.sql").write_text(
        """
select
    'o' || number as order_id,
    timestamp '2025-01-01' + to_days(cast(number * 7 % 300 as integer)) as ordered_at,
    'e' || number % 40 as erp_customer_id,
    10 + number * 13 % 90 as total_amount
from range(200) as numbers (number)
"""
    )
    deps = [str(Path(sys.executable).with_name("dbt")), "deps", "--quiet"]
    subprocess.run(deps, cwd=folder, check=True, capture_output=True)
    return folder


def test_a_project_builds_strate_in_a_schema_of_its_own(tmp_path: Path) -> None:
    folder = _consumer(tmp_path / "shop")
    # A table may be called like one of Strate's, a model may not.
    model = folder / "models/shop_customers.sql"
    model.write_text("{{ config(alias='customers') }} select 'mine' as whose")
    project = Project(tmp_path / "build")
    project.build(cwd=folder)
    assert project.query("select whose from customers")["whose"].tolist() == ["mine"]
    assert project.query("select count(*) as n from main_strate.customers")["n"][0] == 40
    segmentations = project.query("select distinct segmentation from main_strate.segments order by 1")
    assert segmentations["segmentation"].tolist() == ["cluster", "lifecycle", "rfm", "value", "value_by_lifecycle"]

    # What the run writes of itself stands beside Strate's tables, tells of them alone, and knows where they come from.
    relations = project.query("select distinct relation from main_strate.relation_runs")["relation"].tolist()
    assert {"customers", "segments"} <= set(relations)
    assert not {"orders", "shop_customers"} & set(relations)
    read = project.query("select input, input_row_count from main_strate.relation_inputs where input = 'orders'")
    assert set(read["input"]) == {"orders"}
    inputs = project.query("select input, table_name, row_count from main_strate.input_runs")
    assert inputs.values.tolist() == [["erp_orders", '"strate"."main"."orders"', 200]]
    models = project.query("select model from main_strate.model_registry order by 1")["model"].tolist()
    assert models == ["clustering_fit", "survey_topics_fit"]

    log = verify_log(project.database, "main_strate")
    assert log.problems == []

    # Work that has nothing to do with Strate is not stopped by a var of Strate's.
    broken = {"min_segment_size": "many"}
    run = project.dbt("build", "--select", "package:shop", variables=broken, cwd=folder)
    assert run.returncode == 0, run.output
    assert verify_log(project.database, "main_strate") == log  # nor is it on record
    run = project.dbt("build", "--select", "package:strate", variables=broken, cwd=folder)
    assert run.returncode != 0
    assert "`min_segment_size`" in run.output

    model.rename(folder / "models/customers.sql")
    run = project.dbt("build", cwd=folder)
    assert run.returncode != 0
    assert "model `customers` of shop" in run.output
    assert "`alias`" in run.output


def test_a_column_that_its_model_tags_as_personal_is_no_feature(tmp_path: Path) -> None:
    folder = _consumer(tmp_path / "shop")
    (folder / "models/people.sql").write_text("select 'c1' as crm_customer_id, 'gold' as tier, 'K-17' as shelf")
    (folder / "models/people.yml").write_text(
        """
models:
  - name: people
    columns:
      - name: shelf
        config:
          meta: {pii: indirect}
"""
    )
    variables = {
        "crm_customers": "{{ ref('shop', 'people') }}",
        "extra_columns": {"crm_customers": ["tier", "shelf"]},
        # The list lets names pass, never a tag.
        "not_personal_columns": ["shelf"],
    }
    run = Project(tmp_path / "build").dbt("build", "--select", "country_aliases", variables=variables, cwd=folder)
    assert run.returncode != 0
    assert "names `shelf` of `crm_customers`, which is tagged as personal data" in run.output
    assert "`tier`" not in run.output
