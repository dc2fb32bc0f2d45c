"""Erasing a person: nothing of them is left in any table, view, file or byte, and nobody else changes."""

import contextlib
import csv
import json
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from strate.audit import verify_log
from strate.cli import app
from strate.csv_cells import cell
from strate.database import attach_database
from strate.encryption import KEY_VARIABLE
from strate.persons import Places, Request, erase
from strate.persons.rewrite import rewrite
from strate.persons.traces import ERASED, Traces
from strate.persons.warehouse import CLOSED
from strate.pseudonyms import set_session_key

from conftest import NO_DEMO_SEEDS, Project, tiny_vars

KEY = "a pseudonym key of thirty-two signs or more"
# Zoe shares a mailbox and a tablet with Yan. Other addresses, devices and keys are hers alone.
PEOPLE = {
    "crm_customers": """
        ('C900001', 'home@family.example', '06 55 50 00 11', 'u_900001', 'Zoe', 'Unverwechselbar', '1988-02-29',
            'female', 'couple', 2, 41000, '75099', 'Paris', 'FR', false, timestamp '2023-01-01',
            timestamp '2023-02-01'),
        ('C900001', 'zoe.alone@mail.example', '06 55 50 00 11', 'u_900001', 'Zoe', 'Unverwechselbar',
            '1988-02-29', 'female', 'couple', 2, null, '75099', 'Paris', 'FR', false, timestamp '2023-01-01',
            timestamp '2023-03-01'),
        ('C900002', 'home@family.example', '06 55 50 00 22', 'u_900002', 'Yan', 'Unverwechselbar', '1987-03-01',
            'male', 'couple', 2, 39000, '75099', 'Paris', 'FR', false, timestamp '2023-01-01',
            timestamp '2023-02-01')
    """,
    "crm_consents": """
        ('CN900001', 'C900001', 'marketing', 'email', true, 'consent', timestamp '2024-01-01', null),
        ('CN900002', 'C900001', 'marketing', 'sms', true, 'consent', timestamp '0024-01-01', null)
    """,
    "crm_campaign_events": """
        ('ce_900001', 'C900001', 'CMP-1', null, 'email', 'sent', timestamp '2025-05-01',
            timestamp '2025-05-01'),
        ('ce_900002', 'C900002', 'CMP-1', null, 'email', 'sent', timestamp '2025-05-01', timestamp '2025-05-01')
    """,
    "erp_orders": """
        ('O90000001', timestamp '2025-03-01', 'E900001', 'C900001', null, null, 'FR', 'web', 'completed', 'EUR',
            90000, null, timestamp '2025-03-02'),
        ('O90000002', timestamp '2025-04-01', null, null, null, '+33 655 50 00 11', 'FR', 'web', 'completed',
            'EUR', 9, null, timestamp '2025-04-02'),
        ('O90000003', timestamp '9999-04-01', 'E900001', null, null, null, 'FR', 'web', 'completed', 'EUR', 9,
            null, null),
        ('O90000004', timestamp '2025-03-01', 'E900002', 'C900002', 'home@family.example', null, 'FR', 'web',
            'completed', 'EUR', 50, null, timestamp '2025-03-02')
    """,
    "erp_order_lines": """
        ('OL900001', 'O90000001', 'P0001', 900, 100, 0, null, timestamp '2025-03-02'),
        ('OL900002', 'O90000002', 'P0001', 1, 9, 0, null, timestamp '2025-04-02'),
        ('OL900003', 'O90000003', 'P0001', 1, 9, 0, null, null),
        ('OL900004', 'O90000004', 'P0001', 1, 50, 0, null, timestamp '2025-03-02')
    """,
    "tracking_events": """
        ('ev_900001', timestamp '2025-06-01 10:00:00', 'page_view', 'a_zoes_phone1', 'u_900001', 'web', 'mobile',
            'fr', null, 9, timestamp '2025-06-01 10:00:01'),
        ('ev_900002', timestamp '2025-06-02 10:00:00', 'page_view', 'a_zoes_phone1', null, 'web', 'mobile', 'fr',
            null, 9, timestamp '2025-06-02 10:00:01'),
        ('ev_900003', timestamp '2025-06-03 10:00:00', 'page_view', 'a_tablet_9', 'u_900001', 'web', 'tablet',
            'fr', null, 9, timestamp '2025-06-03 10:00:01'),
        ('ev_900004', timestamp '2025-06-04 10:00:00', 'page_view', 'a_tablet_9', 'u_900002', 'web', 'tablet',
            'fr', null, 9, timestamp '2025-06-04 10:00:01'),
        ('ev_900005', timestamp '9999-06-04 10:00:00', 'page_view', 'a_zoes_phone1', null, 'web', 'mobile', 'fr',
            null, 9, null)
    """,
    "survey_responses": """
        ('R900001', 'C900001', null, 'quality', 'quality_1', 5, 5, null, timestamp '2025-02-01'),
        ('R900002', null, 'zoe.alone@mail.example', 'price', null, null, null, 'Zoe was here',
            timestamp '2025-02-01'),
        ('R900003', 'C900002', null, 'quality', null, null, null, 'Ask my wife, zoe.alone@mail.example.',
            timestamp '2025-02-02')
    """,
}
ZOE = (
    *(
        "C900001",
        "zoe.alone@mail.example",
        "655500011",
        "u_900001",
        "Zoe",
        "CN900001",
        "CN900002",
        "ce_900001",
        "E900001",
    ),
    *("O90000001", "O90000002", "O90000003", "OL900001", "OL900002", "OL900003", "a_zoes_phone1"),
    *("ev_900001", "ev_900002", "ev_900003", "ev_900005", "R900001", "R900002"),
)
YAN = ("C900002", "home@family.example", "+33655500022", "E900002", "OL900004", "R900003")
# Strate's own records of runs and erasures, which change with each.
RECORDS = {"audit_log", "erasure_certificates", "suppressed_identifiers"}


@pytest.fixture(scope="module", autouse=True)
def _key():
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("STRATE_PSEUDONYM_KEY", KEY)
        patch.setenv("STRATE_ACTOR", "service desk")
        yield


@pytest.fixture(scope="module")
def variables(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> dict:
    """Vars of a world of 240 customers, Zoe and Yan, in which an address that two accounts have joins nobody."""
    folder = tmp_path_factory.mktemp("inputs")
    for file in tiny_inputs.glob("*.parquet"):
        added = f"union all values {PEOPLE[file.stem]}" if file.stem in PEOPLE else ""
        duckdb.execute(f"copy (from '{file}' {added}) to '{folder / file.name}'")
    limits = {"crm": 10, "email": 1, "phone": 10, "user": 10}
    return tiny_vars(folder, identity_max_accounts=limits, training_date_count=1)


@pytest.fixture(scope="module")
def built(variables: dict, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A build, with what people leave around: a table that no list knows, a raw table, files."""
    project = Project(tmp_path_factory.mktemp("built") / "work")
    project.build(*NO_DEMO_SEEDS, variables=variables)
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(
            """
            create table forgotten (who varchar, list varchar[], score integer);
            insert into forgotten values ('of C900001', ['C900001', 'C900002'], 1), ('of C900003', ['Zeno'], 2);
            insert into relation_runs (relation, resource_type, table_name)
            values ('forgotten', 'model', '"strate"."main"."forgotten"');
            update int_identity__id_history set from_customer_id = (
                select min(customer_id) from int_identity__accounts where account_key = 'crm:C900001'
            )
            where account_key = 'crm:C900002';
            """
        )
    (project.folder / "target/extra.sql").write_text("select 'ZOE.alone@mail.example'")
    with (project.folder / "logs/dbt.log").open("a") as log:
        log.write("crm:C900001 and crm:C900002\n")
    others = project.folder / "published"
    others.mkdir()
    (others / "page.html").write_text("<p>zoe.alone@mail.example, home@family.example</p>")
    return project


@pytest.fixture
def work(built: Project, tmp_path: Path) -> Project:
    """A copy of it to erase in."""
    shutil.copytree(built.folder, tmp_path / "work")
    return Project(tmp_path / "work")


def _places(project: Project) -> Places:
    return Places(
        project.database, "main", project.folder / "target", project.folder / "logs", [project.folder / "published"]
    )


def _erase(project: Project, **identifiers: str):
    identifiers = identifiers or {"crm_customer_id": "C900001"}
    return erase(_places(project), lambda _: [Request.of("request 1", **identifiers)])


def _relations(connection: duckdb.DuckDBPyConnection) -> list[str]:
    return [row[0] for row in connection.execute("select table_name from information_schema.tables").fetchall()]


class _ClosedViewError(Exception):
    """A view says that it is closed, and shows nobody."""


@contextlib.contextmanager
def _closed_views():
    try:
        yield
    except duckdb.InvalidInputException as error:
        if CLOSED not in str(error):
            raise
        raise _ClosedViewError from error


def _traces(project: Project, values: tuple[str, ...]) -> dict[str, set[str]]:
    """Return the values in each relation, file name and file, the database's bytes among them."""
    found: dict[str, set[str]] = {}
    with duckdb.connect(str(project.database), read_only=True) as connection:
        set_session_key(connection)
        for name in _relations(connection):
            tests = ", ".join(f"bool_or(contains(cast(rows as varchar), '{value}'))" for value in values)
            with contextlib.suppress(_ClosedViewError), _closed_views():
                (hits,) = connection.execute(f'select {tests} from "{name}" as rows').fetchall()
                found[name] = {value for value, hit in zip(values, hits, strict=True) if hit}
    for file in project.folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            found[file.name] = {value for value in values if value.lower().encode() in content and len(value) > 3}
    return {place: hits for place, hits in found.items() if hits}


def _customer_id(project: Project) -> str:
    return project.query("select customer_id from int_identity__accounts where account_key = 'crm:C900001'").iloc[0, 0]


def _rows(project: Project, leave_out: str) -> dict[str, list[str]]:
    """Return the rows of each table as texts, sorted, without those that hold `leave_out`."""
    with duckdb.connect(str(project.database), read_only=True) as connection:
        tables = [row[0] for row in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {
            table: [
                row[0]
                for row in connection.execute(
                    f"""
                    select text from (select cast(rows as varchar) as text from "{table}" as rows)
                    where not regexp_matches(text, ?) order by 1
                    """,
                    [leave_out],
                ).fetchall()
            ]
            for table in tables
            if table not in RECORDS
        }


@pytest.mark.build
def test_nothing_of_the_person_is_left_and_nobody_else_changes(work: Project, variables: dict, tmp_path: Path) -> None:
    customer_id = _customer_id(work)
    values = (*ZOE, customer_id)
    before = _traces(work, values)
    assert {"base_crm__customers", "segment_history", "rejected_rows", "customer_anomalies", "int_survey__answers"} <= {
        *before
    }
    assert {"strate.duckdb", "extra.sql", "dbt.log", "page.html"} <= {*before}
    rows = _rows(work, "|".join(values))
    features = work.query(f"from customer_features where customer_id <> '{customer_id}' order by all")

    (done,) = _erase(work)
    assert done.outcome == "erased"
    assert not done.is_complete  # others speak of her
    assert done.shared == 1  # the mailbox; the tablet is nobody's
    assert _traces(work, values) == {}
    # Rows of others are as they were, but for what was said of her in them.
    texts = {table: [row for row in found if ERASED not in row] for table, found in _rows(work, "^$").items()}
    assert texts == {table: rows[table] for table in texts}
    yan = work.query("select distinct from_customer_id from int_identity__id_history where account_key = 'crm:C900002'")
    assert yan.values.tolist() == [[ERASED]]
    answer = work.query("select answer_text from stg_survey__responses where response_id = 'R900003'").iloc[0, 0]
    assert answer == f"Ask my wife, {ERASED}."
    assert work.query("from forgotten order by score").values.tolist()[0][0] == f"of {ERASED}"
    assert work.query("select list from forgotten where score = 1").iloc[0, 0].tolist() == [ERASED, "C900002"]
    assert (work.folder / "published/page.html").read_text() == f"<p>{ERASED}, home@family.example</p>"
    assert (work.folder / "logs/dbt.log").read_text().endswith(f"{ERASED} and crm:C900002\n")

    # The same raw rows once more: they are counted, and say nothing. What Yan wrote was taken out of the source.
    answers = tmp_path / "answers.parquet"
    duckdb.execute(
        f"""
        copy (select * replace (replace(answer_text, 'zoe.alone@mail.example', '') as answer_text)
        from {variables["survey_responses"]}) to '{answers}'
        """
    )
    requests = tmp_path / "requests.parquet"
    duckdb.execute(f"copy (select 17 as request_id, ' A@b.example ' as email) to '{requests}'")
    changed = {"survey_responses": f"'{answers}'", "erasure_requests": f"'{requests}'"}
    work.build(*NO_DEMO_SEEDS, variables=variables | changed)
    assert work.query("select request_id, email, phone from erasure_requests").values.tolist()[0][:2] == [
        "17",
        "A@b.example",
    ]
    work.query("select 1")
    assert _traces(work, values) == {}
    assert set(YAN) <= set.union(*_traces(work, YAN).values())
    again = work.query(f"from customer_features where customer_id <> '{customer_id}' order by all")
    assert again.equals(features)
    suppressed = work.query(
        "select input, count(*) as n from rejected_rows where reason = 'the person was erased' group by 1"
    )
    expected = {"crm_customers": 2, "crm_consents": 2, "crm_campaign_events": 1, "erp_orders": 3, "erp_order_lines": 3}
    assert dict(suppressed.values.tolist()) == expected | {"tracking_events": 4, "survey_responses": 2}
    sums = work.query("select sum(row_count - kept_count - duplicate_key_count - rejected_count) from input_row_counts")
    assert sums.iloc[0, 0] == 0
    assert verify_log(work.database).problems == []

    with pytest.raises(duckdb.InvalidInputException, match="needs the STRATE_PSEUDONYM_KEY"):
        work.query("from base_crm__consents")

    # Asked again, there is nothing to do: neither for her nor for whoever has the mailbox now.
    content = work.database.read_bytes()
    (second,) = erase(_places(work), lambda _: [Request.of(crm_customer_id="C900001", email="home@family.example")])
    assert (second.outcome, second.findings) == ("already_erased", [])
    assert work.database.read_bytes() == content


@pytest.mark.build
def test_orders_that_the_law_keeps_are_nobodys(work: Project, variables: dict) -> None:
    law = {"kept_by_law": {"erp_orders": "tax law, 10 years, so it's said"}}
    models = ("base_erp__orders", "stg_erp__orders", "base_erp__order_lines", "int_activity__order_lines")
    keys = "select {} from {} where order_id like 'O9%' order by all"
    amounts = keys.format("order_line_id, account_key is null as is_nobodys, gross_amount", models[3])
    work.dbt("run", "--select", models[0], variables=variables | law)  # writes down what the law asks for
    before = work.query(amounts)
    (done,) = _erase(work)
    assert {
        finding.place.removeprefix("main."): finding.detail
        for finding in done.findings
        if finding.detail and finding.action == "anonymised"
    } == dict.fromkeys(set(models) - {models[2]}, law["kept_by_law"]["erp_orders"])
    whose = {key for key in ZOE if not key.startswith("O")}
    for is_loaded_again in (False, True):
        if is_loaded_again:
            run = work.dbt("run", "--full-refresh", "--select", *models, variables=variables | law)
            assert run.returncode == 0, run.output
        after = work.query(amounts)
        assert after.drop(columns="is_nobodys").equals(before.drop(columns="is_nobodys"))
        assert dict(after[["order_line_id", "is_nobodys"]].values.tolist()) == {
            "OL900001": True,
            "OL900002": True,
            "OL900004": False,
        }
        traces = _traces(work, tuple(whose))
        assert {model: traces[model] for model in models if model in traces} == {}
        assert len(work.query(keys.format("order_id", models[0]))) == 4
    assert work.query("select * from suppressed_identifiers where identifier_type = 'order_id'").empty


@pytest.mark.build
def test_the_certificate_says_what_was_removed_where_and_by_whom(work: Project) -> None:
    customer_id = _customer_id(work)
    orders = work.query("select count(*) from stg_erp__orders where order_id like 'O900%'").iloc[0, 0]
    _erase(work, email="zoe.alone@mail.example")
    certificate = work.query("from erasure_certificates")
    assert set(certificate["request_id"]) == {"request 1"}
    assert set(certificate["erased_by"]) == {"service desk"}
    assert certificate["file_rewritten_at"].notna().all()
    assert certificate["person"].nunique() == 1
    assert certificate["person"].iloc[0] != customer_id
    removed = certificate[certificate["action"] == "deleted"].set_index("place")["row_count"]
    assert removed["main.stg_erp__orders"] == orders - 1  # one is Yan's
    entry = work.query("from audit_log where action = 'person_erased'").iloc[0]
    assert entry["subject"] == certificate["person"].iloc[0]
    assert entry["entry_number"] == certificate["audit_entry_number"].iloc[0]
    assert json.loads(entry["details"])["rows_deleted"] == removed.sum()
    assert verify_log(work.database).problems == []


@pytest.mark.build
@pytest.mark.parametrize("step", ["clean_files", "certify", "rewrite", "put_in_place"])
def test_who_is_killed_begins_again(step: str, work: Project) -> None:
    """After each step the process dies; the same command then completes the work."""
    module = "rewrite" if step == "put_in_place" else "erase"
    code = f"""
import os, signal
from pathlib import Path
import importlib
module = importlib.import_module("strate.persons.{module}")
from strate.persons import Places, Request, erase
before = module.{step}
def dies(*arguments, **options):
    {"pass" if step in ("rewrite", "put_in_place") else "before(*arguments, **options)"}
    os.kill(os.getpid(), signal.SIGKILL)
module.{step} = dies
folder = Path({str(work.folder)!r})
erase(
    Places(folder / "strate.duckdb", "main", folder / "target", folder / "logs", [folder / "published"]),
    lambda _: [Request.of("request 1", crm_customer_id="C900001")],
)
"""
    died = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert died.returncode == -signal.SIGKILL, died.stderr
    if step in ("rewrite", "put_in_place"):
        assert work.query("select place from erasure_certificates where file_rewritten_at is null").size
    else:
        assert "base_crm__customers" in _traces(work, ZOE)
    _erase(work)
    assert _traces(work, ZOE) == {}
    assert list(work.folder.glob(".strate*")) == []
    assert verify_log(work.database).problems == []
    assert work.query("from erasure_certificates where outcome = 'erased' and file_rewritten_at is null").empty


@pytest.mark.build
def test_who_is_meant_has_to_be_clear(work: Project) -> None:
    (family,) = _erase(work, email="home@family.example")
    assert (family.outcome, family.findings) == ("refused", [])
    assert "2 persons" in family.reason
    (mixed,) = _erase(work, crm_customer_id="C900001", erp_customer_id="E900002")
    assert mixed.outcome == "refused"
    assert "C900001" in _traces(work, ("C900001",))["base_crm__customers"]
    (nobody,) = _erase(work, email="nobody@nowhere.example")
    assert (nobody.outcome, nobody.findings) == ("not_found", [])
    certificates = work.query("select outcome, place_type from erasure_certificates")
    assert certificates.values.tolist() == [["not_found", "request"]]
    (again,) = _erase(work, email="nobody@nowhere.example")
    assert again.outcome == "already_erased"
    # The mailbox narrows nothing down, and does no harm beside a key that does.
    (both,) = _erase(work, email="home@family.example", crm_customer_id="C900002")
    assert both.outcome == "erased"
    assert "C900001" in _traces(work, ("C900001",))["base_crm__customers"]


@pytest.mark.build
def test_the_command_asks_first_and_says_what_is_left(work: Project, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "300")  # so that no path is wrapped
    with duckdb.connect(str(work.database)) as connection:
        connection.execute("create table raw_people as select 'zoe.alone@mail.example' as email")
    (tmp_path / "export.csv").write_text("email\nzoe.alone@mail.example\n")
    (tmp_path / "requests.csv").write_text("request_id,email,phone\nR-7,zoe.alone@mail.example,+33655500011\n")
    place = (
        "--database",
        str(work.database),
        "--target",
        str(work.folder / "target"),
        "--logs",
        str(work.folder / "logs"),
    )

    def run(*arguments: str, answer: str = ""):
        return CliRunner().invoke(app, ["erase", *place, *arguments], input=answer)

    content = work.database.read_bytes()
    wanted = ("--request", "requests.csv", "--search", "export.csv")
    for arguments, answer, code in ((("--dry-run",), "", 0), ((), "n\n", 1)):
        done = run(*wanted, *arguments, answer=answer)
        assert done.exit_code == code, done.output
        assert "customers_private" not in done.output
        assert "segment_history" in done.output
        assert "Nothing was changed" in done.output
    assert work.database.read_bytes() == content
    done = run(*wanted, answer="y\n")
    assert done.exit_code == 3, done.output
    assert "raw_people" in done.output
    assert "export.csv" in done.output
    assert work.query("from raw_people").shape == (1, 1)
    done = run("--request", "requests.csv", "--yes")
    assert (done.exit_code, "No request is open" in done.output) == (0, True)
    for arguments, message in (
        ((), "Name one person"),
        (("--email", "a@b.example", "--request", "requests.csv"), "not both"),
        (("--email", "zoe"), "has no @"),
        (("--request", "none.csv"), "does not exist"),
        (("--email", "a@b.example", "--search", "none"), "does not exist"),
    ):
        done = run(*arguments)
        assert (done.exit_code, message in done.output) == (2, True), done.output
    # The model erasure_requests, without a dbt run: one request can be followed, one cannot.
    with duckdb.connect(str(work.database)) as connection:
        connection.execute(
            """
            create view erasure_requests as select * from (
                values ('R-7', 'C900001', null), ('R-8', 'C900002', null), ('R-9', null, null)
            ) as requests (request_id, crm_customer_id, email);
            insert into relation_runs (relation, resource_type, table_name)
            values ('erasure_requests', 'model', '"strate"."main"."erasure_requests"')
            """
        )
    done = run("--yes")
    assert done.exit_code == 3, done.output
    assert "R-9 names nobody" in done.output
    ids = work.query("select distinct request_id from erasure_certificates order by 1")["request_id"]
    assert list(ids) == ["R-7", "R-8"]
    monkeypatch.setenv("STRATE_PSEUDONYM_KEY", "another key of thirty-two signs or more")
    assert "is not the key with which" in run("--email", "a@b.example").output


@pytest.mark.build
def test_an_encrypted_database_stays_encrypted(work: Project, monkeypatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "a key of the database, of thirty-two signs")
    plain, work.database = work.database, work.folder / "strate.duckdb"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{plain}' as strate (read_only)")
        attach_database(connection, work.folder / "coded.duckdb", "coded", read_only=False)
        connection.execute("copy from database strate to coded")
    (work.folder / "coded.duckdb").replace(plain)
    (done,) = _erase(work)
    assert done.outcome == "erased"
    assert b"C900002" not in plain.read_bytes()
    with duckdb.connect() as connection:
        attach_database(connection, plain, "strate", read_only=True)
        found = connection.execute(
            "select crm_customer_id from strate.base_crm__customers where crm_customer_id like 'C9%'"
        )
        assert found.fetchall() == [("C900002",)]
        connection.execute("use strate")
        assert connection.execute("select count(*) > 0 from customers_private").fetchall() == [(True,)]


@pytest.mark.build
def test_a_person_gets_all_that_is_known_of_them_and_nothing_else(work: Project, tmp_path: Path) -> None:
    place = ("export-person", "--database", str(work.database), "--crm-customer-id", "C900001")
    with duckdb.connect(str(work.database)) as connection:
        connection.execute("update base_crm__customers set city = '=1+1', annual_income = -5 where first_name = 'Zoe'")
    out = tmp_path / "zoe.json"
    done = CliRunner().invoke(app, [*place, "--out", str(out)])
    assert done.exit_code == 0, done.output
    content = {one["relation"]: one for one in json.loads(out.read_text())["relations"]}
    text = out.read_text()
    # She said in an answer who she is; what is known of everybody else is not in it, nor the mailbox as Yan has it.
    assert [value for value in ZOE if value not in text] == []
    assert [value for value in YAN if value in text] == ["home@family.example"]
    assert len(content["main.base_tracking__events"]["rows"]) == 4
    assert content["main.base_crm__customers"]["rows"][0]["city"] == "=1+1"
    assert content["main.segment_history"]["made_of"]

    done = CliRunner().invoke(app, [*place, "--format", "csv", "--out", str(tmp_path / "zoe")])
    assert done.exit_code == 0, done.output
    with (tmp_path / "zoe/main.base_crm__customers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["city"], row["phone"], row["annual_income"]) for row in rows} == {("'=1+1", "'+33655500011", "-5.0")}
    with (tmp_path / "zoe/index.csv").open(newline="") as file:
        assert {row["relation"] for row in csv.DictReader(file)} == set(content)

    entries = work.query("select subject, details from audit_log where action = 'person_exported'")
    assert len(entries) == 2
    assert entries["subject"].str.fullmatch("[0-9a-f]{32}").all()
    for arguments, code, message in (
        ((*place, "--out", str(out)), 2, "is there already"),
        ((*place, "--format", "xml"), 2, "must be one of"),
        ((*place[:3], "--email", "home@family.example", "--out", str(tmp_path / "no")), 2, "2 persons"),
        ((*place[:3], "--email", "nobody@nowhere.example", "--out", str(tmp_path / "no")), 1, "Nobody was found"),
    ):
        done = CliRunner().invoke(app, arguments)
        assert (done.exit_code, message in done.output) == (code, True), done.output
    assert not (tmp_path / "no").exists()


def test_cells_are_no_formulas() -> None:
    texts = ["=1+1", "+33", "-x", "@sum(a)", "\tx", "\rx"]
    assert [cell(text) for text in texts] == [f"'{text}" for text in texts]
    assert [cell(value) for value in (-5, -1.5, "a=b", "", None, ["="])] == [-5, -1.5, "a=b", "", None, '["="]']


@pytest.mark.build
def test_a_build_with_another_key_does_not_bring_anybody_back(work: Project, variables: dict, monkeypatch) -> None:
    _erase(work)
    with duckdb.connect(str(work.database)) as connection:
        connection.execute("drop table pseudonym_key")
    monkeypatch.setenv("STRATE_PSEUDONYM_KEY", "another key of thirty-two signs or more")
    run = work.dbt("compile", "--select", "base_crm__consents", variables=variables)
    assert run.returncode != 0
    assert "rows of erased persons would come back" in run.output


def test_freed_blocks_keep_no_values(tmp_path: Path) -> None:
    file, value = tmp_path / "small.duckdb", b"zoe.alone@mail.example"
    with duckdb.connect(str(file)) as connection:
        connection.execute("create table people as select 'zoe.alone@mail.example' as email from range(9)")
        connection.execute("checkpoint")
        connection.execute("create table numbers as select range as i from range(1_000_000)")
        connection.execute("create view twice as select i * 2 as j from small.main.numbers")
        connection.execute("checkpoint")
        connection.execute("drop table people")
    assert value in file.read_bytes()
    file.chmod(0o600)
    rewrite(file, lambda copy, name: copy.execute(f"create table {name}.done as select 1 as one"))
    assert value not in file.read_bytes()
    assert file.stat().st_mode & 0o777 == 0o600
    with duckdb.connect(str(file), read_only=True) as connection:
        assert connection.execute("select max(j), max(one) from twice, done").fetchall() == [(1_999_998, 1)]
    assert list(tmp_path.iterdir()) == [file]


def test_whole_values_are_found_and_no_parts() -> None:
    traces = Traces({"ann@a.example", "crm:C12", "+3361234567", "a.b+c@d.example"})
    texts = {
        "ann@a.example": True,
        "Write to ANN@a.example.": True,
        '{"mail": "ann@a.example"}': True,
        "mary.ann@a.example": False,
        "ann@a.example.org": False,
        "joann@a.example": False,
        "crm:C12|crm:C99": True,
        "crm:C123": False,
        "erp:C12": False,
        "tel:+3361234567": True,
        "+33612345678": False,
        "aXb+c@d.example": False,
        "<a.b+c@d.example>": True,
    }
    with duckdb.connect() as connection:
        for text, is_in in texts.items():
            ((found,),) = connection.execute("select regexp_matches(?, ?)", [text, traces.sql]).fetchall()
            assert (found, traces.are_in(text.encode()), traces.redacted(text) != text) == (is_in,) * 3, text
    assert Traces(set()).redacted("anything") == "anything"
