"""Least exposure: what names a person is in restricted models alone, whatever a column is called."""

import hmac
import json
import re
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from strate.audit import verify_log
from strate.key_rotation import FORMER_VARIABLE, rotate_key
from strate.pseudonyms import VARIABLE, key_pads

from conftest import NO_DEMO_SEEDS, Project, tiny_vars

# Where values that name a person stand, as the inputs gave them or as staging cleaned them.
PERSONAL = {
    "base_crm__customers": ("crm_customer_id", "email", "phone", "user_id", "first_name || ' ' || last_name"),
    "base_erp__orders": ("email", "phone", "crm_customer_id"),
    "base_tracking__events": ("user_id", "anonymous_id"),
    "int_identity__accounts": ("account_key",),
    "demo_crm_customers": ("email", "phone"),
    "demo_survey_responses": ("answer_text",),
}


def _models(project: Project) -> dict[str, dict]:
    manifest = json.loads((project.folder / "target/manifest.json").read_text())
    return {node["name"]: node for node in manifest["nodes"].values() if node["resource_type"] == "model"}


def _is_public(node: dict) -> bool:
    """Whether everybody who may read marts may read the model."""
    return node["config"]["access"] == "public"


def _leaks(connection: duckdb.DuckDBPyConnection, table: str) -> list[str]:
    """Return the columns of a table with a value that names a person, or with any e-mail address inside a text."""
    columns = connection.execute(f"describe {table}").fetchall()
    return [
        name
        for name, kind, *_ in columns
        if kind == "VARCHAR"
        and connection.execute(
            f"""
            select 1 from (select distinct "{name}" as value from {table})
            where value in (select value from personal_values) or regexp_matches(value, '\\S@\\S+\\.\\S')
            limit 1
            """
        ).fetchall()
    ]


@pytest.fixture
def warehouse(demo: Project, tmp_path: Path):
    """A copy of the demo's database with all values that name a person in one table."""
    shutil.copy(demo.database, tmp_path / "strate.duckdb")
    with duckdb.connect(str(tmp_path / "strate.duckdb")) as connection:
        values = " union ".join(
            f"select cast({column} as varchar) as value from {table}"
            for table, columns in PERSONAL.items()
            for column in columns
        )
        connection.execute(f"create table personal_values as {values}")
        yield connection


@pytest.mark.build
def test_no_public_mart_holds_a_value_that_names_a_person(demo: Project, warehouse) -> None:
    models = _models(demo)
    public = [name for name, node in models.items() if _is_public(node)]
    assert {"customers", "customer_features", "customer_segments", "segment_history", "customer_permissions"} <= {
        *public
    }
    # Marts are public unless they say otherwise, and what they are made of is not.
    marts = {name for name, node in models.items() if node["fqn"][1] in ("marts", "audit")}
    assert marts - {*public} == {"customers_private", "customer_attribute_sources", "rejected_rows"}
    assert marts >= {*public}
    assert {name: leaks for name in public if (leaks := _leaks(warehouse, name))} == {}
    # The search finds what there is: restricted marts, and a mart that takes such a column under another name.
    assert set(_leaks(warehouse, "customers_private")) == {"email", "phone"}
    warehouse.execute(
        """
        create view planted as
        select customer_id, 'of ' || account_key as favourite, 'write to ' || email as advice, account_key as shop
        from int_identity__accounts inner join customers_private using (customer_id, as_of_date)
        """
    )
    assert _leaks(warehouse, "planted") == ["favourite", "advice", "shop"]


@pytest.mark.build
def test_columns_that_are_tagged_as_personal_are_in_no_public_mart(demo: Project) -> None:
    models = _models(demo)
    tagged = {
        (model, name): column["config"]["meta"]["pii"]
        for model, node in models.items()
        for name, column in node["columns"].items()
        if column["config"].get("meta", {}).get("pii")
    }
    assert set(tagged.values()) == {"direct", "indirect"}
    assert tagged["base_crm__customers", "email"] == "direct"
    names = {name for _, name in tagged}
    found = [
        f"{model}.{name}"
        for model, node in models.items()
        if _is_public(node)
        for name in node["columns"]
        if name in names
    ]
    assert found == []
    # What is tagged once is tagged wherever staging and the restricted marts have it.
    untagged = [
        f"{model}.{name}"
        for model, node in models.items()
        if (node["fqn"][1] == "staging" and node["fqn"][2] != "geo") or model == "customers_private"
        for name in node["columns"]
        if name in names and (model, name) not in tagged
    ]
    assert untagged == []


def test_extra_columns_that_sound_personal_are_refused_by_name(tmp_path: Path) -> None:
    columns = ["loyalty_tier", "work_email", "maiden_name", "brand_name", "shipping", "climate"]
    run = Project(tmp_path).dbt(
        "build",
        "--select",
        "country_aliases",
        variables={"extra_columns": {"crm_customers": columns}, "not_personal_columns": ["brand_name"]},
    )
    assert run.returncode != 0
    assert set(re.findall(r"names `(\w+)` of `crm_customers`, which sounds", run.output)) == {
        "work_email",
        "maiden_name",
    }


@pytest.mark.build
def test_customer_ids_are_keyed_hashes_and_the_key_is_nowhere(tmp_path: Path, tiny_inputs: Path, monkeypatch) -> None:
    key = "zwei-und-dreissig Zeichen oder mehr, auch über 64 Bytes, sind ein Schlüssel"
    select = (*NO_DEMO_SEEDS, "--select", "+int_identity__id_history", "pseudonym_key")
    project = Project(tmp_path / "build")
    monkeypatch.setenv("STRATE_PSEUDONYM_KEY", key)
    project.build(*select, variables=tiny_vars(tiny_inputs, require_pseudonym_key=True))

    accounts = project.query("select distinct account_key, customer_id from int_identity__accounts")
    made = {hmac.new(key.encode(), name.encode(), "sha256").hexdigest()[:32] for name in accounts["account_key"]}
    assert len(accounts) > 240
    assert set(accounts["customer_id"]) <= made

    # Neither the key nor what HMAC makes of it first, in whatever writing.
    pads = key_pads(key)
    secrets = [key.encode(), key.encode()[:32], *pads, *(pad.hex().encode() for pad in pads)]
    files = [path for path in project.folder.rglob("*") if path.is_file()]
    assert {"strate.duckdb", "manifest.json", "partial_parse.msgpack", "dbt.log"} <= {path.name for path in files}
    assert [path for path in files for secret in secrets if secret in path.read_bytes()] == []

    for other, message in (("x" * 32, "is not the key"), ("", "is not set"), ("short", "at least 32")):
        monkeypatch.setenv("STRATE_PSEUDONYM_KEY", other)
        run = project.dbt("build", *select, variables=tiny_vars(tiny_inputs))
        assert run.returncode != 0
        assert message in run.output


def _refuse_profiling(file: Path, account: str, decided_at: str) -> None:
    """Put a refusal in the place of all that a customer has decided."""
    with duckdb.connect() as connection:
        connection.execute(f"create table consents as from '{file}'")
        connection.execute(f"delete from consents where crm_customer_id = '{account}'")
        connection.execute(
            """
            insert into consents by name
            select
                'new' as consent_id,
                ? as crm_customer_id,
                'profiling' as purpose,
                'false' as is_granted,
                ? as decided_at
            """,
            [account, decided_at],
        )
        connection.execute(f"copy consents to '{file}'")


@pytest.mark.build
def test_an_objection_ends_the_stay_at_the_date_that_is_recorded_already(tmp_path: Path, tiny_inputs: Path) -> None:
    inputs = tmp_path / "inputs"
    shutil.copytree(tiny_inputs, inputs)
    project = Project(tmp_path / "build")
    marts = (
        "customers",
        "segment_memberships",
        "segment_transitions",
        "population_totals",
        "assert_no_refusal_is_lost",
    )
    select = (*NO_DEMO_SEEDS, "--select", *(f"+{name}" for name in marts))
    variables = tiny_vars(inputs, training_date_count=0)
    project.build(*select, variables=variables)
    query = project.query
    ((account, customer, today),) = query(
        """
        select min(substr(account_key, 5)), min_by(customer_id, account_key), max(as_of_date)
        from int_identity__accounts semi join segment_history using (customer_id, as_of_date)
        where account_key like 'crm:%'
        """
    ).itertuples(index=False)
    # As if half a year before had been built too.
    earlier = "insert into segment_history select * replace (as_of_date - 180 as as_of_date) from segment_history"
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(earlier)
    totals = query("select customer_count, profiled_count from population_totals")

    _refuse_profiling(inputs / "crm_consents.parquet", account, "2025-12-30 12:00:00")
    run = project.build(*select, variables=variables)
    assert customer not in run.output
    for mart in ("customers", "customer_features", "customer_segments"):
        assert customer not in set(query(f"select customer_id from {mart}")["customer_id"]), mart
    stays = query(f"select valid_to, is_current from segment_memberships where customer_id = '{customer}'")
    assert len(stays) > 0
    assert set(stays["valid_to"]) == {today}
    assert not stays["is_current"].any()
    left = query("select sum(customer_count) as n from segment_transitions where to_segment_key = 'left'")["n"][0]
    assert left == len(stays)
    now = query("select customer_count, profiled_count from population_totals")
    assert (now - totals).values.tolist() == [[0, -1]]

    # One of no possible date lets the customer in again, and is told of.
    _refuse_profiling(inputs / "crm_consents.parquet", account, "0001-01-01 00:00:00")
    run = project.build("--select", "+assert_no_refusal_is_lost", *NO_DEMO_SEEDS, variables=variables)
    assert f"customer {customer} may be used for profiling" in run.output


@pytest.mark.build
def test_a_new_key_renames_everybody_and_loses_nobody(tmp_path: Path, tiny_inputs: Path, monkeypatch) -> None:
    former, new = "the first key, of at least 32 characters", "the second key, of at least 32 characters"
    project = Project(tmp_path / "build")
    select = (*NO_DEMO_SEEDS, "--select", "+segment_memberships", "+customers", "+customer_id_changes", "pseudonym_key")
    variables = tiny_vars(tiny_inputs, training_date_count=0)
    monkeypatch.setenv(VARIABLE, former)
    project.build(*select, variables=variables)
    gone = "select * replace ('gone' as customer_id, as_of_date - 400 as as_of_date) from segment_history limit 1"
    with duckdb.connect(str(project.database)) as connection:
        connection.execute(f"insert into segment_history {gone}")
    keys = "select distinct account_key, customer_id from int_identity__accounts order by all"
    before = project.query(keys)
    history = project.query("from segment_history order by all")

    monkeypatch.setenv(VARIABLE, new)
    for wrong in (None, "another key, of at least 32 characters", "short"):
        with pytest.raises(ValueError, match=FORMER_VARIABLE if wrong != "short" else "at least 32"):
            rotate_key(project.database, "main", wrong, new)
    monkeypatch.setenv(FORMER_VARIABLE, former)
    command = [str(Path(sys.executable).with_name("strate")), "rotate-key"]
    environment = project.command("build")[1]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    assert "1 customers of the history" in done.stdout
    assert rotate_key(project.database, "main", former, new).was_done

    def pseudonym(account_key: str) -> str:
        return hmac.new(new.encode(), account_key.encode(), "sha256").hexdigest()[:32]

    # Who was one person still is, under the id that the new key gives to the account that the former id was made of.
    after = project.query(keys)
    renamed = dict(zip(before["customer_id"], after["customer_id"], strict=True))
    anchors = {hmac.new(former.encode(), key.encode(), "sha256").hexdigest()[:32]: key for key in before["account_key"]}
    assert renamed == {customer: pseudonym(anchors[customer]) for customer in before["customer_id"]}
    expected = history.assign(customer_id=history["customer_id"].map(renamed | {"gone": "gone"}))
    found = project.query("from segment_history order by all")
    pd.testing.assert_frame_equal(found, expected.sort_values(list(expected)).reset_index(drop=True))
    # The next build gives the same ids, and finds everybody in the history.
    project.build(*select, variables=variables)
    pd.testing.assert_frame_equal(project.query(keys), after)
    assert project.query("from int_identity__id_history where entry_number > 1").empty
    assert set(project.query("select customer_id from customers")["customer_id"]) <= set(found["customer_id"])
    assert verify_log(project.database).problems == []


def test_a_key_that_is_demanded_must_be_there(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.delenv("STRATE_PSEUDONYM_KEY", raising=False)
    run = Project(tmp_path).dbt("build", "--select", "country_aliases", variables={"require_pseudonym_key": True})
    assert run.returncode != 0
    assert "there is no key" in run.output


@pytest.mark.parametrize("length", [32, 64, 65, 200])
def test_pads_are_those_of_hmac(length: int) -> None:
    key, text = "k" * length, "crm:é"
    with duckdb.connect() as connection:
        for name, pad in zip("ab", key_pads(key), strict=True):
            connection.execute(f"set variable {name} = ?", [pad])
        ((found,),) = connection.execute(
            "select sha256(getvariable('b') || unhex(sha256(getvariable('a') || encode(?))))", [text]
        ).fetchall()
    assert found == hmac.new(key.encode(), text.encode(), "sha256").hexdigest()
