"""Models trained anew in a copy, which takes the place of the served file only if all gates hold."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from strate.ci.dbt import Dbt, Environment
from strate.database import open_database
from strate.files import put_in_place

RESULTS = ("retrain.json", "retrain.md", "diff.json", "diff.md", "diff.html", "report.html")
PROMOTED, BEYOND, GATES_FAIL, BUILD_FAILS = 0, 1, 3, 4


@dataclass
class Retraining:
    """How it ended; `retrain.json` has the same.

    Attributes
    ----------
    exit_code : int
        0: the new build is served; else the old one is: 1, the diff is beyond a threshold; 3, a gate or test does not
        hold; 4, it does not build.
    because : list of str
        Why the old one is kept.
    findings : list of str
        What of the diff is beyond a threshold.
    """

    exit_code: int = PROMOTED
    because: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def retrain(
    project: Path,
    database: Path,
    target: Path,
    out: Path,
    variables: str,
    options: Sequence[str],
    must_be_alike: bool,
    say: Callable[[str], None],
) -> Retraining:
    """Build into a copy of the served file, and put it in its place if all gates hold.

    The copy brings the history, so that keys are continued and each model has to beat its incumbent, as in any build.
    The served file is held open to read meanwhile: others may read it, and none can write what would be lost.

    Parameters
    ----------
    project : pathlib.Path
        The dbt project.
    database : pathlib.Path
        The served DuckDB file.
    target : pathlib.Path
        Folder that gets dbt's target folder of a build that is served.
    out : pathlib.Path
        Folder for `retrain.md`, `retrain.json`, `diff.md`, `diff.json`, `diff.html` and `report.html`.
    variables : str
        Vars over those of the project, as YAML.
    options : sequence of str
        More options of `dbt build`, such as --full-refresh.
    must_be_alike : bool
        Keep the old one if the diff is beyond a threshold, too.
    say : callable
        Gets a line for each step.

    Returns
    -------
    Retraining

    Raises
    ------
    FileNotFoundError
        If there is no served file.
    RuntimeError
        If it cannot be opened, a build that was killed left a log beside it, or `dbt deps` fails.
    """
    database = database.resolve()
    if not database.exists():
        raise FileNotFoundError(f"{database} does not exist: run `dbt build` first, there is nothing to train anew.")
    log = database.with_name(f"{database.name}.wal")
    if log.exists():
        raise RuntimeError(f"{log} is left of a build that was killed: run `dbt build` once, which takes it in.")
    work = database.parent / f".{database.name}.retrain"
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    out.mkdir(parents=True, exist_ok=True)
    for file in RESULTS:
        (out / file).unlink(missing_ok=True)
    dbt = Dbt(project.resolve(), work, Environment(), variables, work / database.name)
    try:
        with open_database(database, read_only=True):
            # In a process of its own: a file that this one closes loses the lock that keeps writers away.
            _run(sys.executable, "-c", "import shutil, sys; shutil.copy(*sys.argv[1:])", database, dbt.database)
            say(f"Building in a copy of {database} ...")
            found = _build(dbt, options)
            if found.exit_code == PROMOTED:
                _compare(dbt, database, target, out, found, must_be_alike)
            if found.exit_code == PROMOTED:
                _promote(dbt.database, database)
        if found.exit_code == PROMOTED:
            shutil.rmtree(target, ignore_errors=True)
            shutil.move(dbt.target, target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    (out / "retrain.json").write_text(json.dumps(asdict(found), indent=2) + "\n")
    (out / "retrain.md").write_text(_told(found, out / "diff.md"), encoding="utf-8")
    return found


def _build(dbt: Dbt, options: Sequence[str]) -> Retraining:
    dbt.install_packages()
    run = dbt.run("build", *options)
    if not run.exit_code:
        return Retraining()
    tests = [node for node in run.failed() if node.startswith("test.")]
    others = [node for node in run.failed() if node not in tests]
    because = [f"{node.split('.')[2]} does not build." for node in others]
    because += [f"The gate or test {node.split('.')[2]} does not hold." for node in tests]
    exit_code = GATES_FAIL if tests and not others else BUILD_FAILS
    return Retraining(exit_code, because or ["dbt failed: its output says why."])


def _compare(dbt: Dbt, database: Path, target: Path, out: Path, found: Retraining, must_be_alike: bool) -> None:
    """Write what differs, and the report of the new build."""
    node = dbt.manifest()["nodes"].get("model.strate.customer_segments")
    if node is None:
        raise RuntimeError(f"{dbt.project} does not build Strate's customer_segments: is the package in packages.yml?")
    schema = node["schema"]
    strate = (dbt.environment.bin / "strate",)
    common = ("--base-schema", schema, "--head-schema", schema, "--head-target", dbt.target)
    common += ("--project", dbt.project, "--vars", dbt.variables)
    if (target / "run_results.json").exists():
        common += ("--base-target", target)
    for file_format, suffix in (("json", "json"), ("markdown", "md"), ("html", "html")):
        file = out / f"diff.{suffix}"
        _run(*strate, "diff", database, dbt.database, *common, "--format", file_format, "--out", file, fine=(0, 1))
    report = ("--schema", schema, "--database", dbt.database, "--target", dbt.target)
    _run(*strate, "report", *report, "--out", out / "report.html")
    found.findings = json.loads((out / "diff.json").read_text())["findings"]
    if must_be_alike and found.findings:
        found.exit_code = BEYOND
        found.because = list(found.findings)


def _told(found: Retraining, diff: Path) -> str:
    lines = ["## The old build is kept", "", *(f"- {reason}" for reason in found.because)]
    if found.exit_code == PROMOTED:
        lines = ["## The new build is served"]
    return "\n".join([*lines, "", diff.read_text(encoding="utf-8") if diff.exists() else ""])


def _promote(new: Path, served: Path) -> None:
    with open_database(new, read_only=False) as connection:
        connection.execute("checkpoint")
    put_in_place(new, served)


def _run(*command: object, fine: tuple[int, ...] = (0,)) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode not in fine:
        raise RuntimeError(done.stderr.strip().removeprefix("Error: ") or f"{command[0]} failed without a word.")
