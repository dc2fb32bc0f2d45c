"""The audit log: what runs and commands write into it, and that whatever is done to it shows."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from strate.audit import append_entry, first_break, read_log, verify_log

from conftest import PROJECT, Project

SELECTED = ("--select", "base_geo__areas", "int_survey__answers")
TAMPERED: dict[str, tuple[str, str | None]] = {
    "changed": ("update audit_log set actor = 'nobody' where entry_number = 3", "Entry 3 was changed"),
    "null made of a text": ("update audit_log set subject = null where entry_number = 2", "Entry 2 was changed"),
    "moved in time": (
        "update audit_log set occurred_at = occurred_at - interval 1 microsecond where entry_number = 4",
        "Entry 4 was changed",
    ),
    "field moved to its neighbour": (
        "update audit_log set action = 'person', subject = '_erased' || subject where entry_number = 2",
        "Entry 2 was changed",
    ),
    "deleted": ("delete from audit_log where entry_number = 3", "Entry 3 is missing"),
    "first deleted": ("delete from audit_log where entry_number = 1", "Entry 1 is missing"),
    "inserted": ("insert into audit_log from audit_log where entry_number = 3", "Entry 3 is there more than once"),
    "swapped": (
        "update audit_log set entry_number = 7 - entry_number where entry_number in (3, 4)",
        "Entry 3 does not follow",
    ),
    "cut off": ("delete from audit_log where entry_number > 3", None),
    "emptied": ("delete from audit_log", None),
}


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A database with five entries."""
    file = tmp_path / "log.duckdb"
    with duckdb.connect(str(file)) as connection:
        for number in range(5):
            append_entry(connection, "person_erased", f"pseudonym {number}", {"tables": ["señor", "O'Hara", "1:2"]})
    return file


def test_a_log_that_nobody_touched_is_whole(log: Path) -> None:
    found = verify_log(log)
    assert (found.entry_count, found.problems) == (5, [])
    assert verify_log(log, head=found.head).problems == []


@pytest.mark.parametrize(("statement", "message"), TAMPERED.values(), ids=TAMPERED)
def test_tampering_shows(log: Path, statement: str, message: str | None) -> None:
    """What is cut off at the end leaves a chain that is whole: only a hash kept elsewhere tells."""
    kept = verify_log(log).head
    with duckdb.connect(str(log)) as connection:
        connection.execute(statement)
    problems = verify_log(log).problems
    if message:
        assert problems[0].startswith(message)
    else:
        assert problems == []
        assert "entries were removed from the end" in verify_log(log, head=kept).problems[0]


def test_a_log_written_anew_from_a_point_shows_by_a_hash_kept_elsewhere(log: Path) -> None:
    kept = verify_log(log).head
    with duckdb.connect(str(log)) as connection:
        connection.execute("delete from audit_log where entry_number > 3")
        append_entry(connection, "person_erased", "somebody else")
        append_entry(connection, "person_erased", "and another")
    assert verify_log(log).problems == []
    assert len(verify_log(log, head=kept).problems) == 1


def test_an_entry_goes_with_the_transaction_it_belongs_to(log: Path) -> None:
    with duckdb.connect(str(log)) as connection:
        connection.execute("begin")
        append_entry(connection, "person_erased", "not to be")
        connection.execute("rollback")
        append_entry(connection, "person_exported", "pseudonym")
        entries = read_log(connection)
    assert [entry.entry_number for entry in entries] == [1, 2, 3, 4, 5, 6]
    assert entries[-1].action == "person_exported"
    assert first_break(entries) is None


def test_the_command_line_names_the_break_and_fails(log: Path) -> None:
    def verify(*arguments: str) -> subprocess.CompletedProcess:
        command = [str(Path(sys.executable).with_name("strate")), "audit", "verify", "--database", str(log)]
        return subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)

    whole = verify()
    assert whole.returncode == 0
    assert whole.stdout.strip().endswith(verify_log(log).head)
    assert verify("--head", "0" * 64).returncode == 1
    with duckdb.connect(str(log)) as connection:
        connection.execute("update audit_log set details = '{}' where entry_number = 2")
    broken = verify()
    assert broken.returncode == 1
    assert "Entry 2 was changed" in broken.stderr


def test_the_macro_knows_the_version() -> None:
    version = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["version"]
    assert f"return('{version}')" in (PROJECT / "macros/audit/strate_version.sql").read_text()


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project of which two small models were built, as somebody with a name that needs care."""
    monkeypatch.setenv("STRATE_ACTOR", "Ö'Hara 🧾")
    project = Project(tmp_path)
    project.dbt("seed", "--select", "demo_geo_areas", "country_aliases")
    return project


def _entries(project: Project) -> list[tuple[str, dict]]:
    with duckdb.connect(str(project.database), read_only=True) as connection:
        return [(entry.action, json.loads(entry.details)) for entry in read_log(connection)]


@pytest.mark.build
def test_runs_and_commands_write_one_chain(project: Project) -> None:
    """Values of vars stay out of the log: they may be somebody's address."""
    run = project.dbt(
        "build", "--select", "base_geo__areas", variables={"identity_blocked_values": ["ada@secret.example"]}
    )
    assert run.returncode == 0, run.output
    with duckdb.connect(str(project.database)) as connection:
        append_entry(connection, "person_exported", "pseudonym")
    project.dbt("run", "--full-refresh", "--select", "base_geo__areas")
    verdict = verify_log(project.database)
    assert verdict.problems == []
    entries = _entries(project)
    assert [action for action, _ in entries] == [
        "seed_started",
        "seed_finished",
        "build_started",
        "build_finished",
        "person_exported",
        "run_started",
        "run_finished",
    ]
    assert entries[2][1]["select"] == ["base_geo__areas"]
    assert entries[2][1]["vars"] == ["identity_blocked_values"]
    assert "ada@secret.example" not in json.dumps(entries)
    assert entries[3][1]["outcome"] == "succeeded"
    assert entries[5][1]["full_refresh"] is True
    actors = set(project.query("select actor from audit_log")["actor"])
    assert actors == {"Ö'Hara 🧾"}


@pytest.mark.build
def test_a_failed_run_says_what_failed(project: Project, tmp_path: Path) -> None:
    run = project.dbt("run", "--select", "int_survey__answers")  # what it reads was never built
    assert run.returncode != 0
    action, details = _entries(project)[-1]
    assert (action, details["outcome"]) == ("run_finished", "failed")
    assert details["failed"] == ["int_survey__answers"]


@pytest.mark.build
def test_a_gate_that_was_made_to_warn_is_on_record(demo: Project, tmp_path: Path) -> None:
    copy = Project(tmp_path / "copy")
    shutil.copy(demo.database, copy.database)
    before = len(_entries(copy))
    for severity in ("warn", "error"):
        copy.dbt(
            "build",
            *("--select", "segments"),
            variables={"min_segment_size": 100_000, "min_segment_size_severity": severity},
        )
    entries = _entries(copy)[before:]
    assert [action for action, _ in entries] == [
        "build_started",
        "gate_let_pass",
        "build_finished",
        "build_started",
        "build_finished",
    ]
    assert "minimum_segment_size" in entries[0][1]["gates_that_only_warn"]
    assert "minimum_segment_size" not in entries[3][1]["gates_that_only_warn"]
    assert [details["outcome"] for action, details in entries if action == "build_finished"] == ["succeeded", "failed"]
    subjects = copy.query(
        f"""
        select subject, json_extract(details, '$.findings') > 0 as found from audit_log
        where entry_number > {before} and action = 'gate_let_pass'
        """
    )
    assert subjects.values.tolist() == [["minimum_segment_size", True]]
    assert verify_log(copy.database).problems == []
