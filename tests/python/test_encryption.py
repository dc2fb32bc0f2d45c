"""The encrypted target: the same tables, nobody to be read in its files, and no key in anything that was written."""

import csv
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from strate.database import attach_database, open_database
from strate.encryption import KEY_VARIABLE

from conftest import PROJECT, Project

KEY = "it's a key that nobody finds in any file"  # with a quote, which must not end it
OTHER_KEY = "a key as good as the other, and not it"
SPILLED = "ada@spill.example"
MARTS = ("customers", "customer_segments", "segment_profiles", "segment_history")


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY_VARIABLE, KEY)


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Project]:
    """The demo, built with the target `encrypted`."""
    project = Project(tmp_path_factory.mktemp("encrypted"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(KEY_VARIABLE, KEY)
        project.dbt("debug", "--target", "encrypted")  # prints the whole profile, and logs it
        project.build("--target", "encrypted")
    return project


@pytest.fixture
def small_file(tmp_path: Path) -> Path:
    """An encrypted database with one table."""
    file = tmp_path / "small.duckdb"
    with duckdb.connect() as connection:
        attach_database(connection, file, "small", read_only=False)
        connection.execute("create table small.people as select 'ada@people.example' as email")
    return file


def _strate(*arguments: str) -> subprocess.CompletedProcess:
    command = [str(Path(sys.executable).with_name("strate")), *arguments]
    return subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)


def _people() -> dict[str, list[str]]:
    """E-mail addresses and phone numbers of the demo, as they stand in its seed."""
    with (PROJECT / "seeds/demo/demo_crm_customers.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    return {column: [row[column] for row in rows if len(row[column]) > 9] for column in ("email", "phone")}


def _contained(values: list[str], content: bytes) -> int:
    return sum(value.encode() in content for value in values)


@pytest.mark.build
def test_nobody_is_in_the_bytes_of_the_file(demo: Project, encrypted: Project) -> None:
    plain, cipher = demo.database.read_bytes(), encrypted.database.read_bytes()
    for column, values in _people().items():
        assert _contained(values, plain) > len(values) / 2, column
        assert _contained(values, cipher) == 0, column
    assert b"customer_segments" in plain
    assert b"customer_segments" not in cipher


@pytest.mark.build
def test_an_encrypted_build_has_the_tables_of_any_other(demo: Project, encrypted: Project) -> None:
    with open_database(encrypted.database, read_only=True) as connection:
        connection.execute(f"attach '{demo.database}' as plain (read_only)")
        for mart in MARTS:
            ((rows,),) = connection.execute(f"select count(*) from main.{mart}").fetchall()
            ((different,),) = connection.execute(
                f"select count(*) from (from main.{mart} except from plain.main.{mart})"
            ).fetchall()
            ((expected,),) = connection.execute(f"select count(*) from plain.main.{mart}").fetchall()
            assert (rows, different) == (expected, 0), mart


@pytest.mark.build
def test_the_key_is_in_nothing_that_was_written(encrypted: Project) -> None:
    files = [file for file in encrypted.folder.rglob("*") if file.is_file()]
    written = {"manifest.json", "run_results.json", "dbt.log", "strate.duckdb"}
    assert written <= {file.name for file in files}
    for file in files:
        content = file.read_bytes()
        assert KEY.encode() not in content, file
        assert KEY.replace("'", "''").encode() not in content, file


@pytest.mark.build
def test_the_command_line_reads_an_encrypted_build(encrypted: Project, tmp_path: Path) -> None:
    report = tmp_path / "report.html"
    place = ("--database", str(encrypted.database))
    for command in (("summary", *place), ("rules", *place), ("report", *place, "--out", str(report))):
        done = _strate(*command)
        assert done.returncode == 0, done.stderr
        assert KEY not in done.stdout + done.stderr
    assert report.stat().st_size > 100_000


@pytest.mark.build
def test_another_target_says_that_the_file_is_encrypted(encrypted: Project, demo: Project) -> None:
    before = encrypted.database.read_bytes()
    run = encrypted.dbt("run", "--select", "segments")
    assert run.returncode != 0
    assert "is encrypted: name the profile's target `encrypted`" in run.output
    assert encrypted.database.read_bytes() == before


@pytest.mark.build
@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("", f"the environment variable {KEY_VARIABLE} is not set"),
        ("short", "has 5 characters: a key has at least 32"),
        (OTHER_KEY, f"The key in {KEY_VARIABLE} is not the key of"),
    ],
)
def test_a_bad_key_is_one_sentence(key: str, message: str, small_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(small_file.parent)
    project.database = small_file
    monkeypatch.setenv(KEY_VARIABLE, key)
    run = project.dbt("run", "--target", "encrypted", "--select", "base_geo__areas")
    assert run.returncode != 0
    assert message in run.output
    assert "Traceback" not in run.output
    done = _strate("summary", "--database", str(small_file))
    assert done.returncode == 2
    assert message in done.stderr
    for text in (run.output, done.stderr):
        assert not key or key == "short" or key not in text


def test_no_file_is_made_without_a_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(KEY_VARIABLE)
    with duckdb.connect() as connection, pytest.raises(RuntimeError, match="is not set"):
        attach_database(connection, tmp_path / "new.duckdb", "new", read_only=False)
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_not_encrypted_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "plain.duckdb"
    duckdb.connect(str(file)).close()
    with duckdb.connect() as connection, pytest.raises(RuntimeError, match="is not encrypted"):
        attach_database(connection, file, "plain", read_only=False)


def test_an_open_encrypted_file_names_the_process(small_file: Path) -> None:
    with open_database(small_file, read_only=False):
        done = _strate("summary", "--database", str(small_file))
    assert f"PID {os.getpid()}" in done.stderr


def test_the_log_of_changes_and_what_spills_are_encrypted(tmp_path: Path) -> None:
    """The same work leaves the address to be read where nothing is encrypted."""
    file, plain = tmp_path / "spill.duckdb", tmp_path / "plain.duckdb"
    with duckdb.connect() as connection:
        attach_database(connection, file, "spill", read_only=False)
        connection.execute("use spill")
        _spill(connection)
        assert [_contained([SPILLED], content) for content in _log_and_spill(file)] == [0, 0]
    with duckdb.connect(str(plain)) as connection:
        _spill(connection)
        assert [_contained([SPILLED], content) for content in _log_and_spill(plain)] == [1, 1]


def _spill(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("set memory_limit = '40MB'; set threads = 1")
    connection.execute(f"create table people as select '{SPILLED}' as email")
    connection.execute(
        f"""
        create temp table many as
        select hash(range) as id, '{SPILLED}' || hash(range + 1) as email from range(2_000_000)
        """
    )


def _log_and_spill(file: Path) -> tuple[bytes, bytes]:
    log, spilled = Path(f"{file}.wal"), Path(f"{file}.tmp")
    return log.read_bytes(), b"".join(one.read_bytes() for one in spilled.iterdir())
