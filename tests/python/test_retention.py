"""Retention: what is beyond its period is in no table, whatever was built before, and each removal is counted."""

import json
import shutil
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from conftest import Project, tiny_vars

DAYS = {
    "tracking": 200,
    "campaigns": 150,
    "surveys": 250,
    "orders": 400,
    "consents": 60,
    "inactive_customers": 120,
    "history": 20,
    "rejected_rows": 100,
    "run_records": 20,
}
FIRST_DATE, LAST_DATE = "2025-11-30", "2025-12-31"
# Where rows of a class are, in tables and views, and the date that they go by.
DATED = {
    "tracking": {
        "base_tracking__events": "event_date",
        "stg_tracking__events": "event_date",
        "int_activity__sessions": "session_date",
    },
    "campaigns": {
        "base_crm__campaign_events": "event_date",
        "stg_crm__campaign_events": "event_date",
        "int_activity__campaign_touches": "touch_date",
    },
    "surveys": {
        "base_survey__responses": "answered_at",
        "stg_survey__responses": "answered_at",
    },
    "orders": {
        "base_erp__orders": "order_date",
        "stg_erp__orders": "order_date",
        "base_erp__order_lines": "order_date",
        "stg_erp__order_lines": "order_date",
        "int_activity__order_lines": "order_date",
    },
    "rejected_rows": {
        "(from base_crm__campaign_events where reject_reason is not null)": "event_date",
        "(from base_erp__orders where reject_reason is not null)": "order_date",
        "(from base_erp__order_lines where reject_reason is not null)": "coalesce(order_date, changed_at)",
        "(from rejected_rows inner join base_tracking__events on source_key = event_id)": "event_date",
        "(from rejected_rows inner join base_survey__responses on source_key = response_id)": "answered_at",
        "(from rejected_rows inner join base_crm__consents on source_key = consent_id)": "decided_at",
    },
    "history": {
        "segment_history": "as_of_date",
        "segment_history_features": "as_of_date",
        "segmentation_parameters": "as_of_date",
        "segment_lineage": "as_of_date",
        "segment_memberships": "valid_from",
        "segment_transitions": "coalesce(from_date, to_date)",
        "segment_moves": "from_date",
        "int_segments__moves": "from_date",
        "segment_performance": "as_of_date",
    },
}
WHOLE = (
    *("--select", "+segment_moves", "+segment_transitions", "segment_memberships", "+segment_performance"),
    *("+input_row_counts", "population_totals", "customers", "customers_private"),
)
PART = ("--select", "+customer_features", "+input_row_counts", "population_totals", "customers_private")
ACTIVITY = ("int_activity__sessions", "int_activity__campaign_touches", "int_activity__order_lines")


def _vars(inputs: Path, **others) -> dict:
    settings = {
        "retention_days": DAYS,
        "training_date_count": 1,
        "training_date_spacing_days": 30,
        "text_max_topics": 0,
        "imputed_features": [],
        "outlier_features": [],
        "segment_rules": {},
        "hybrid_segmentations": {},
        "clustering_max_clusters": 3,
        "clustering_trials": 2,
    }
    return tiny_vars(inputs, **settings | others)


def _too_old(project: Project, date: str) -> dict[str, int]:
    """Return the number of rows dated before their cut-off, of each relation that has any."""
    found = {}
    for name, relations in DATED.items():
        for relation, column in relations.items():
            limit = f"date '{date}' - {DAYS[name]}"
            ((count,),) = project.query(f"select count(*) from {relation} where {column} < {limit}").values.tolist()
            if count:
                found[relation] = count
    return found


def _last_run(project: Project) -> pd.DataFrame:
    """Return the rows of retention_runs of the last run that wrote any."""
    return project.query(
        """
        select class, relation, cast(cut_off_date as varchar) as cut_off_date, expired_count, removed_count
        from retention_runs where invocation_id = (
            select invocation_id from audit_log where action like '%_finished' order by entry_number desc limit 1
        ) order by class, relation
        """
    )


def _entries(project: Project) -> dict[str, dict]:
    """Return what the last run entered in the audit log about removed rows, by class."""
    rows = project.query(
        """
        select subject, details from audit_log where action = 'rows_expired' and invocation_id = (
            select invocation_id from audit_log order by entry_number desc limit 1
        )
        """
    )
    return {subject: json.loads(details) for subject, details in rows.itertuples(index=False)}


def _tables(project: Project) -> dict[str, pd.DataFrame]:
    """Return the tables that do not tell of runs, each sorted by all its columns."""
    names = project.query(
        "select table_name from duckdb_tables() where table_name not in (select unnest(['audit_log', 'input_runs',"
        " 'model_registry', 'relation_inputs', 'relation_runs', 'retention_runs', 'clustering_fit',"
        " 'clustering_candidates', 'segmentation_parameters'])) order by table_name"
    )["table_name"]
    return {name: project.query(f"select * from {name} order by all") for name in names}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory, tiny_inputs: Path) -> tuple[Project, Project]:
    """A project as of the first date, and the same a month later. The clock of the first is set back by a year."""
    first = Project(tmp_path_factory.mktemp("retention") / "first")
    first.build("--indirect-selection", "empty", *WHOLE, variables=_vars(tiny_inputs, as_of_date=FIRST_DATE))
    later = Project(first.folder.parent / "later")
    shutil.copy(first.database, later.database)
    with duckdb.connect(str(later.database)) as connection:
        connection.execute("update audit_log set occurred_at = timestamp '2025-12-01'")
    later.build(*WHOLE, variables=_vars(tiny_inputs))
    return first, later


@pytest.mark.build
@pytest.mark.xdist_group("retention")
class TestBuilt:
    """A first build, and one whose date is a month later."""

    def test_nothing_is_older_than_its_period(self, built: tuple[Project, Project]) -> None:
        first, later = built
        assert _too_old(first, FIRST_DATE) == {}
        assert _too_old(later, LAST_DATE) == {}
        # The search finds what there is, and what is within its period has stayed.
        assert {"base_tracking__events", "int_activity__order_lines", "segment_history"} <= set(
            _too_old(first, "2026-12-31")
        )
        assert set(_too_old(first, LAST_DATE)) >= {*ACTIVITY, "stg_erp__orders", "segment_history"}
        for table, column in (("int_activity__sessions", "session_date"), ("stg_erp__orders", "order_date")):
            days = DAYS["tracking" if "sessions" in table else "orders"]
            ((oldest,),) = later.query(
                f"select min({column}) - (date '{LAST_DATE}' - {days}) from {table}"
            ).values.tolist()
            assert pd.Timedelta(oldest, unit="D").days < 10

    def test_what_is_left_out_is_counted(self, built: tuple[Project, Project], tiny_inputs: Path) -> None:
        first, later = built
        for project, date in ((first, FIRST_DATE), (later, LAST_DATE)):
            run = _last_run(project)
            assert set(run["class"]) == set(DAYS)
            for name, cut_off in run[["class", "cut_off_date"]].itertuples(index=False):
                assert pd.Timestamp(date) - pd.Timestamp(cut_off) == pd.Timedelta(days=DAYS[name])
            counts = project.query("from input_row_counts").set_index("input")
            sums = counts.drop(columns="row_count").sum(axis=1)
            assert sums.to_dict() == counts["row_count"].to_dict()
            expired = run[~run["relation"].str.contains("customers$")].groupby("relation")["expired_count"].sum()
            assert counts["expired_count"]["tracking_events"] == expired["tracking_events"]
            with duckdb.connect() as connection:
                ((old,),) = connection.execute(
                    f"select count(*) from '{tiny_inputs}/tracking_events.parquet'"
                    f" where event_at < date '{date}' - {DAYS['tracking']}"
                ).fetchall()
            assert run.set_index(["class", "relation"])["expired_count"]["tracking", "tracking_events"] == old

        runs = [_last_run(project) for project in built]
        before, after = (run.groupby("relation")[["expired_count", "removed_count"]].sum() for run in runs)
        for relation in ("tracking_events", "crm_campaign_events", "survey_responses", "erp_orders", "crm_consents"):
            assert before["removed_count"][relation] == before["expired_count"][relation] > 0
            more = after["expired_count"][relation] - before["expired_count"][relation]
            assert after["removed_count"][relation] == more
        removed = runs[1][runs[1]["removed_count"] > 0]
        entries = _entries(later)
        assert {*DAYS} - {"rejected_rows", "consents"} <= set(entries)
        assert {name: sum(entry["removed"].values()) for name, entry in entries.items()} == removed.groupby("class")[
            "removed_count"
        ].sum().to_dict()

    def test_inactive_persons_are_in_totals_alone(self, built: tuple[Project, Project]) -> None:
        for project in built:
            inactive = set(project.query("select customer_id from int_retention__inactive_accounts")["customer_id"])
            assert len(inactive) > 20
            for table in ("customers", "customers_private", "customer_features", "customer_segments"):
                left = set(project.query(f"select customer_id from {table}")["customer_id"])
                assert len(left) > 20
                assert not left & inactive, table
            crm = project.query(
                "select 1 from base_crm__customers inner join int_retention__inactive_accounts as inactive"
                " on inactive.account_key = 'crm:' || crm_customer_id"
            )
            names = project.query(
                "select last_name, birth_date, postal_code from int_identity__customers"
                " where customer_id in (select customer_id from int_retention__inactive_accounts)"
            )
            assert len(crm) == 0
            assert names.isna().all(axis=None)
            totals = project.query("from population_totals order by as_of_date desc limit 1").iloc[0]
            ((everybody,),) = project.query(
                "select count(*) from int_identity__customers"
                " where as_of_date = (select max(as_of_date) from population_totals)"
            ).values.tolist()
            assert totals["customer_count"] == everybody
            assert totals["unprofiled_count"] >= len(inactive)

    def test_a_decision_in_force_stays(self, built: tuple[Project, Project], tiny_inputs: Path) -> None:
        _, later = built
        left = later.query("select crm_customer_id, purpose, channel, decided_at from base_crm__consents")
        with duckdb.connect() as connection:
            raw = connection.execute(
                f"""
                select trim(crm_customer_id) as crm_customer_id, lower(trim(purpose)) as purpose,
                    lower(trim(channel)) as channel, decided_at
                from '{tiny_inputs}/crm_consents.parquet' where decided_at between '2000-01-01' and '2030-01-01'
                """
            ).df()
        keys = ["crm_customer_id", "purpose", "channel"]
        newest = raw.groupby(keys, dropna=False)["decided_at"].max().reset_index()
        assert len(newest.merge(left, on=[*keys, "decided_at"])) >= len(newest)
        assert len(left) < len(raw)
        assert newest["decided_at"].min() < pd.Timestamp(LAST_DATE) - pd.Timedelta(days=DAYS["consents"])

    def test_history_that_is_left_is_whole(self, built: tuple[Project, Project]) -> None:
        _, later = built
        stays = later.query("from segment_memberships")
        assert set(stays["valid_from"].dt.strftime("%Y-%m-%d")) == {LAST_DATE}
        assert stays["is_current"].all()
        assert stays["entered_from"].isna().all()
        entered = later.query("select * from segment_transitions")
        assert set(entered["from_segment_key"]) == {"entered"}
        sizes = later.query("select segment_key, count(*) as n from segment_history group by segment_key")
        assert (
            entered.set_index("to_segment_key")["customer_count"].to_dict()
            == sizes.set_index("segment_key")["n"].to_dict()
        )
        shares = entered.groupby("segmentation")["share_of_to"].max()
        assert (shares == 1).all()

    def test_records_of_old_runs_go_and_the_audit_log_stays(self, built: tuple[Project, Project]) -> None:
        first, later = built
        old = set(first.query("select distinct invocation_id from audit_log")["invocation_id"])
        assert old < set(later.query("select invocation_id from audit_log")["invocation_id"])
        for table in ("relation_runs", "relation_inputs", "input_runs", "model_registry", "retention_runs"):
            assert not old & set(later.query(f"select invocation_id from {table}")["invocation_id"]), table

    def test_building_again_changes_nothing_and_a_rebuild_is_the_same(
        self, built: tuple[Project, Project], tiny_inputs: Path
    ) -> None:
        _, later = built
        again = Project(later.folder.parent / "again")
        shutil.copytree(later.folder, again.folder, dirs_exist_ok=True)
        before = _tables(later)
        for arguments in (("--select", "+int_activity__as_of_dates"), (*PART, "--full-refresh")):
            _run(again, *arguments, variables=_vars(tiny_inputs))
            after = _tables(again)
            assert after.keys() == before.keys()
            for name, frame in before.items():
                pd.testing.assert_frame_equal(after[name], frame, obj=name)
            assert _entries(again) == {}
            assert _last_run(again)["removed_count"].sum() == 0
        # Nor does a build of an earlier date bring anything back. The unit test is of a model that needs a period.
        unit_test = "whoever_was_heard_of_is_active"
        variables = _vars(tiny_inputs, as_of_date=FIRST_DATE, run_unit_tests=True)
        select = ("--indirect-selection", "empty", "--select", "+input_row_counts", unit_test)
        run = again.build(*select, variables=variables)
        assert run.results[f"unit_test.strate.int_retention__inactive_accounts.{unit_test}"] == "pass"
        assert _too_old(again, LAST_DATE) == {}
        counts = again.query("from input_row_counts").set_index("input")
        assert counts.drop(columns="row_count").sum(axis=1).to_dict() == counts["row_count"].to_dict()

    def test_nothing_is_deleted_on_the_word_of_one_row(self, built: tuple[Project, Project], tiny_inputs: Path) -> None:
        """And what a run that fails brought back into the tables of staging is cut as before."""
        _, later = built
        project = Project(later.folder.parent / "lone")
        shutil.copytree(later.folder, project.folder, dirs_exist_ok=True)
        with duckdb.connect(str(project.database)) as connection:
            connection.execute(
                "update stg_survey__responses set answered_at = timestamp '2033-01-01'"
                " where response_id = (select min(response_id) from stg_survey__responses)"
            )
        select = ("--select", "base_crm__customers", "base_erp__orders", "int_activity__as_of_dates")
        run = project.dbt("run", *select, variables=_vars(tiny_inputs))
        assert run.results["model.strate.int_activity__as_of_dates"] == "error"
        assert run.results["model.strate.base_erp__orders"] == "success"
        assert "Nothing is deleted: `retention_days` would count from 2033-01-01" in run.output
        assert _too_old(project, LAST_DATE) == {}
        for table in (*ACTIVITY, "base_crm__customers"):
            query = f"select count(*) from {table}"
            assert project.query(query).equals(later.query(query))


def _run(project: Project, *arguments: str, variables: dict) -> None:
    """Run models without their tests, which have judged the same tables before."""
    run = project.dbt("run", *arguments, variables=variables)
    assert run.returncode == 0, run.output[-6000:]


def test_periods_that_cannot_work_are_refused_by_name(tmp_path: Path) -> None:
    given = {"cookies": 30, "tracking": 90, "surveys": 184, "orders": "400", "history": -1, "campaigns": True}
    run = Project(tmp_path).dbt("build", "--select", "country_aliases", variables={"retention_days": given})
    assert run.returncode != 0
    for finding in (
        "names `cookies`",
        "gives `tracking` 90 days, but the earliest date that gets features is 180 days",
        "set it to 185 or more",
        'gives `orders` "400"',
        "gives `history` -1",
        "gives `campaigns` true",
    ):
        assert finding in run.output
    assert run.output.count("var `retention_days`") == 6
