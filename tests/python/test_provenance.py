"""What runs write of themselves: what came in, what was made of it by which code, and what was learned."""

import json
import re
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from conftest import INPUTS, PROJECT, Project

PAGE = (PROJECT / "docs/governance.md").read_text()
LINEAGE, SOURCE_ROWS = re.findall(r"```sql\n(with .*?)```", PAGE, flags=re.S)
TABLES = ("audit_log", "input_runs", "model_registry", "relation_inputs", "relation_runs")


@pytest.mark.build
class TestDemo:
    """One build of everything."""

    def test_every_relation_has_a_row_with_its_count(self, demo: Project) -> None:
        runs = demo.query("from relation_runs").set_index("relation")
        tables = demo.query("select table_name, estimated_size from duckdb_tables()").set_index("table_name")
        made = set(tables.index) - set(TABLES)
        assert made == set(runs.index[runs["materialization"] != "view"])
        for name in made:
            ((count,),) = demo.query(f"select count(*) from {name}").values.tolist()
            assert runs.loc[name, "row_count"] == count, name
        assert runs.loc[runs["materialization"] == "view", "row_count"].isna().all()
        assert set(runs["status"]) == {"success"}
        assert runs["invocation_id"].nunique() == 1
        assert runs["code_version"].str.match(r"\d+\.\d+\.\d+(\+[0-9a-f]{12})?$").all()
        assert runs["started_at"].notna().all()
        assert (runs["duration_seconds"] > 0).all()

    def test_results_of_tests_stand_with_what_they_test(self, demo: Project) -> None:
        results = json.loads((demo.folder / "target/run_results.json").read_text())["results"]
        gates = [
            one for one in results if one["unique_id"].startswith("test.strate.m") and "_segments_" in one["unique_id"]
        ]
        assert gates
        segments = demo.query("from relation_runs where relation = 'segments'").iloc[0]
        assert segments["tests_passed"] >= len(gates)
        assert segments["tests_failed"] == 0

    def test_inputs_have_counts_freshness_and_a_fingerprint(self, demo: Project) -> None:
        runs = demo.query("from input_runs").set_index("input")
        counts = demo.query("from input_row_counts").set_index("input")
        assert set(runs.index) == set(INPUTS)
        for column in counts.columns:
            assert runs[column].to_dict() == counts[column].to_dict(), column
        latest = demo.query("select max(ordered_at) from stg_erp__orders").iloc[0, 0]
        assert runs.loc["erp_orders", "latest_event_at"] == latest
        assert runs["latest_event_at"].notna().all()
        rejected = demo.query("select input, count(*) as n from rejected_rows group by input").set_index("input")["n"]
        bases = demo.query("select relation, rejected_count from relation_runs where relation like 'base_%'")
        assert len(bases) == len(INPUTS)
        for name, count in bases.itertuples(index=False):
            assert count == rejected.get(name.removeprefix("base_").replace("__", "_"), 0), name

    def test_fitted_models_are_registered(self, demo: Project) -> None:
        registry = demo.query("from model_registry where model = 'clustering_fit'")
        chosen = demo.query("from clustering_candidates where is_chosen").iloc[0]
        assert len(registry) == 1
        model = registry.iloc[0]
        assert (model["model_version"], model["algorithm"]) == (chosen["model_version"], chosen["algorithm"])
        metrics = json.loads(model["metrics"])
        assert metrics["silhouette"] == pytest.approx(chosen["silhouette"], abs=1e-6)
        assert json.loads(metrics["parameters"]) == json.loads(chosen["parameters"])
        assert json.loads(model["features"])[0] == "recency_days"
        assert json.loads(model["parameters"])["seed"] == 7
        assert str(chosen["as_of_date"])[:10] == model["trained_until"]
        assert model["training_row_count"] == metrics["n_rows"] > 1000
        topics = demo.query("select trained_until from model_registry where model = 'survey_topics_fit'")
        assert (
            len(topics)
            == demo.query("select distinct as_of_date from survey_topics_fit where record_type = 'fit'").size
        )

        filled = demo.query("from model_registry where model = 'imputation_fit' order by model_version").iloc[-1]
        best = demo.query("from imputation_methods where is_chosen and feature = 'annual_income' order by as_of_date")
        metrics = json.loads(filled["metrics"])
        assert metrics[f"annual_income_error_by_{best.iloc[-1]['method']}"] == pytest.approx(best.iloc[-1]["error"])
        assert filled["training_row_count"] == 1000
        assert "annual_income" in json.loads(filled["features"])

    def test_the_documented_query_leads_from_a_mart_to_the_inputs(self, demo: Project) -> None:
        lineage = demo.query(LINEAGE).set_index("relation")
        # What is known of a clustering's quality does not make segments; all inputs but consents do.
        assert set(INPUTS) - set(lineage.index) <= {"crm_consents"}
        assert {"customer_segments", "int_identity__accounts", "clustering_fit", "demo_erp_orders"} <= set(
            lineage.index
        )
        assert "segment_profiles" not in lineage.index
        reached = lineage.loc[[name for name in INPUTS if name in lineage.index]]
        assert reached["content_fingerprint"].notna().all()
        assert lineage.drop(index=reached.index)["code_version"].notna().all()

    def test_the_documented_query_leads_from_a_row_to_its_source_rows(self, demo: Project) -> None:
        """A customer with orders, an account in the CRM and answers; all of the orders are found again."""
        customer, count, revenue = demo.query(
            """
            select customer_id, order_count, revenue from customer_features
            where as_of_date = (select max(as_of_date) from customer_features)
                and order_count > 3 and survey_price_score is not null
            order by customer_id limit 1
            """
        ).values.tolist()[0]
        rows = demo.query(SOURCE_ROWS.replace("<customer_id>", customer))
        assert set(rows["input"]) == {"crm_customers", "erp_orders", "erp_order_lines", "survey_responses"}
        orders = rows.loc[rows["input"] == "erp_orders", "source_key"].tolist()
        assert len(orders) >= count
        raw = demo.query("select distinct order_id from demo_erp_orders")["order_id"].str.strip()
        assert set(orders) <= set(raw)
        lines = rows.loc[rows["input"] == "erp_order_lines", "source_key"].tolist()
        ((found,),) = demo.query(
            f"select sum(gross_amount - discount_amount - returned_amount) from int_activity__order_lines"
            f" where order_line_id in ({', '.join(repr(line) for line in lines)}) and cancelled_at is null"
        ).values.tolist()
        assert float(found) == pytest.approx(float(revenue))

    def test_a_part_of_a_build_that_fails_is_recorded(self, demo: Project, tmp_path: Path) -> None:
        copy = Project(tmp_path / "copy")
        shutil.copy(demo.database, copy.database)
        with duckdb.connect(str(copy.database)) as connection:
            connection.execute("drop table rejected_rows; create table rejected_rows as select 1 as nothing")
            ((before,),) = connection.execute("select count(*) from input_runs").fetchall()
        run = copy.dbt("build", "--select", "input_row_counts", "stg_geo__areas")
        assert run.returncode != 0
        last = (
            "(select invocation_id from audit_log where action = 'build_finished' order by entry_number desc limit 1)"
        )
        runs = copy.query(f"from relation_runs where invocation_id = {last}").set_index("relation")
        assert runs["status"].to_dict() == {"input_row_counts": "error", "stg_geo__areas": "success"}
        assert pd.isna(runs.loc["input_row_counts", "row_count"])
        assert runs.loc["stg_geo__areas", "row_count"] > 100
        assert copy.query("select count(*) as n from input_runs")["n"][0] == before
        edges = copy.query(f"select input, input_row_count from relation_inputs where invocation_id = {last}")
        assert "rejected_rows" in set(edges["input"])


def test_the_page_describes_every_column() -> None:
    macro = (PROJECT / "macros/audit/governance_columns.sql").read_text()
    for table, body in re.findall(r"'(\w+)': \[(.*?)\]", macro, flags=re.S):
        columns = re.findall(r"\('(\w+)',", body)
        start = PAGE.index("| column | meaning |" if table == "audit_log" else f"| `{table}` |")
        described = re.findall(
            r"`(\w+)`", "\n".join(line.split("|")[1] for line in PAGE[start:].split("\n\n")[0].split("\n"))
        )
        assert [name for name in described if name != table] == columns, table


def test_a_fingerprint_is_of_the_rows_and_not_of_their_order(tmp_path: Path) -> None:
    macro = (PROJECT / "macros/compat/content_fingerprint.sql").read_text()
    sql = re.search(r"duckdb__content_fingerprint\(relation\) -%}\n(.*?)\n{%-", macro, flags=re.S)[1]
    with duckdb.connect() as connection:

        def fingerprint(relation: str) -> str:
            return connection.execute(f"select {sql.replace('{{ relation }}', relation)}").fetchall()[0][0]

        connection.execute("create table one as select range as id, 'é' || range as name from range(1000)")
        connection.execute("create table other as from one order by id desc")
        assert fingerprint("one") == fingerprint("other")
        connection.execute(f"copy other to '{tmp_path}/rows.parquet'")
        assert fingerprint(f"'{tmp_path}/rows.parquet'") == fingerprint("one")
        same = fingerprint("one")
        connection.execute("update other set name = 'é' where id = 5")
        connection.execute("insert into one from one where id = 7")
        assert len({same, fingerprint("one"), fingerprint("other")}) == 3
        assert fingerprint("(from one where false)").endswith(":0")
