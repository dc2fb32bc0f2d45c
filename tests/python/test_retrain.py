"""Training anew: the served file is the old one to the byte, or the new one whole."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest
from typer.testing import CliRunner

from strate.ci.retrain import BUILD_FAILS, GATES_FAIL, retrain
from strate.cli import app

pytestmark = pytest.mark.build

FILES = {
    "dbt_project.yml": "name: little\nprofile: little\nconfig-version: 2\nvars: {seconds: 0}\n",
    "models/fit.py": """
def model(dbt, session):
    import time
    from pathlib import Path
    if dbt.config.get("seconds"):
        Path("started").touch()
    time.sleep(dbt.config.get("seconds"))
    return session.sql("select 2 as n")
""",
    "models/fit.yml": """models: [{name: fit, config: {seconds: "{{ var('seconds') }}"}}]""",
    "models/slip.sql": "{{ config(materialized='table') }} select {{ var('word', 1) }} as n",
    "tests/assert_few.sql": "select * from {{ ref('fit') }} where n > 1",
}


@pytest.fixture
def little(tmp_path: Path) -> tuple[Path, Path]:
    """Return a project whose gate fails, and a served file of it."""
    for name, text in FILES.items():
        (tmp_path / "little" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "little" / name).write_text(text)
    served = tmp_path / "served/strate.duckdb"
    served.parent.mkdir()
    with duckdb.connect(str(served)) as connection:
        connection.execute("create table fit as select 1 as n")
    return tmp_path / "little", served


def test_what_fails_a_gate_or_is_killed_leaves_the_served_file_to_the_byte(little: tuple[Path, Path]) -> None:
    project, served = little
    before = served.read_bytes()
    out = project / "out"

    found = retrain(project, served, project / "target", out, "{}", [], False, print)
    assert (found.exit_code, found.because) == (GATES_FAIL, ["The gate or test assert_few does not hold."])
    assert "assert_few" in (out / "retrain.md").read_text()
    found = retrain(project, served, project / "target", out, "{word: no_such}", [], False, print)
    assert (found.exit_code, found.because[0]) == (BUILD_FAILS, "slip does not build.")

    command = [str(Path(sys.executable).with_name("strate")), "ci", "retrain", "--database", str(served)]
    command += ["--project", str(project), "--out", str(out), "--vars", "{seconds: 60}"]
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL)
    while not (project / "started").exists():
        assert process.poll() is None
        time.sleep(0.05)
    with duckdb.connect(str(served), read_only=True) as connection:  # others read it meanwhile
        assert connection.execute("from fit").fetchall() == [(1,)]
    writer = subprocess.run(
        [sys.executable, "-c", f"import duckdb; duckdb.connect({str(served)!r})"], capture_output=True, text=True
    )
    assert "lock" in writer.stderr  # nobody writes what would be lost
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert served.read_bytes() == before


def test_errors_say_what_to_do(little: tuple[Path, Path]) -> None:
    project, served = little

    def told(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["ci", "retrain", "--project", str(project), *arguments])
        assert done.exit_code == 2
        return done.output

    assert "dbt build" in told("--database", str(served.parent / "nowhere.duckdb"))
    log = served.with_name("strate.duckdb.wal")
    log.touch()
    assert "strate.duckdb.wal" in told("--database", str(served))
