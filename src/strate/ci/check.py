"""A change checked: base and head are built, the gates run, and what differs is written down."""

import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from strate.ci.dbt import Dbt, Environment
from strate.ci.git import changed_files, find_commit, fork_point, run_git, worktree
from strate.ci.selection import BUILT, HARMLESS, Side, read_settings, select, with_children
from strate.ci.tables import carry_over, close_log

HOLDS, BEYOND, GATES_FAIL, BUILD_FAILS = 0, 1, 3, 4
RESULTS = ("check.json", "diff.json", "diff.md", "diff.html", "report.html")
DATABASE = "strate.duckdb"
COMMENT_LIMIT = 65_536
_NO_TESTS = ("--exclude-resource-type", "test", "--exclude-resource-type", "unit_test")


@dataclass(frozen=True)
class Request:
    """What is checked.

    Attributes
    ----------
    project : pathlib.Path
        The dbt project, somewhere in a git repository.
    base, head : str
        Commits, branches or tags. Base is taken where head went on from it.
    out : pathlib.Path
        Folder for the results; `base` in it is base's build unless `base_build` says otherwise.
    base_build : pathlib.Path, optional
        Folder of base's build, taken as it is where it is of the same commit and vars, and else made.
    variables : str
        Vars over those of the project, as YAML, in both builds.
    python_paths : sequence of str
        Folders of modules in the repository that Python models import, such as `src`.
    harmless : sequence of str
        Patterns of files, from the top of the repository, that no build reads.
    setup : str, optional
        Command that prepares a checkout at its top, such as one that makes an environment.
    bin : str, optional
        Folder with `python` and `dbt` in a checkout; without, those that run this.
    inputs : pathlib.Path, optional
        DuckDB file with the inputs, from a copy of which both builds start.
    is_full : bool
        Build all of head, whatever changed.
    """

    project: Path
    base: str
    head: str
    out: Path
    base_build: Path | None = None
    variables: str = "{}"
    python_paths: Sequence[str] = ()
    harmless: Sequence[str] = ()
    setup: str | None = None
    bin: str | None = None
    inputs: Path | None = None
    is_full: bool = False


@dataclass
class Outcome:
    """How a check ended; `check.json` has the same.

    Attributes
    ----------
    exit_code : int
        0: all holds; 1: the diff is beyond a threshold; 3: a gate or test does not hold; 4: head does not build.
    base_commit, head_commit : str
    everything_because : list of str
        Why all of head was built; none: `built` was, and the rest is base's.
    built : list of str
        Ids of the models and seeds that head built.
    extra : dict of str to str
        Those that dbt does not see as modified, and why they are.
    node_count : int
        Models and seeds in all.
    failed_nodes, failed_tests : list of str
        Names of what did not build, and of gates and tests that do not hold.
    findings : list of str
        What of the diff is beyond a threshold.
    """

    exit_code: int = HOLDS
    base_commit: str = ""
    head_commit: str = ""
    everything_because: list[str] = field(default_factory=list)
    built: list[str] = field(default_factory=list)
    extra: dict[str, str] = field(default_factory=dict)
    node_count: int = 0
    failed_nodes: list[str] = field(default_factory=list)
    failed_tests: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)


def check_change(request: Request, say: Callable[[str], None]) -> Outcome:
    """Build base and head, run the gates, and write what differs.

    Parameters
    ----------
    request : Request
    say : callable
        Gets a line for each step.

    Returns
    -------
    Outcome
        Also in `check.json`, beside `diff.md`, `diff.json`, `diff.html`, `report.html` and both builds' folders.

    Raises
    ------
    RuntimeError
        If a commit is not there, base does not build, or the two cannot be compared.
    FileNotFoundError, ValueError
        If there is no dbt project, or its settings are wrong.
    """
    outcome = Outcome()
    request.out.mkdir(parents=True, exist_ok=True)
    for file in RESULTS:
        (request.out / file).unlink(missing_ok=True)
    with ExitStack() as stack:
        base_dbt, base = provide_base(request, stack, outcome, say)
        head_dbt = build_head(request, stack, base_dbt, base, outcome, say)
        _write_results(request, base_dbt, head_dbt, outcome)
    (request.out / "check.json").write_text(json.dumps(asdict(outcome), indent=2) + "\n")
    return outcome


def provide_base(request: Request, stack: ExitStack, outcome: Outcome, say: Callable[[str], None]) -> tuple[Dbt, Side]:
    """Take base's build as it is, or make it in a checkout that `stack` removes."""
    top = _top_of(request.project)
    outcome.head_commit = find_commit(top, request.head)
    outcome.base_commit = commit = fork_point(top, find_commit(top, request.base), outcome.head_commit)
    folder = (request.base_build or request.out / "base").resolve()
    known = _known_base(request, folder, commit)
    if known:
        say(f"Base {commit[:9]}: taken from {folder}.")
    else:
        say(f"Base {commit[:9]}: building all of it ...")
        known = _build_base(request, folder, commit, stack.enter_context(worktree(top, commit)))
    dbt = Dbt(request.project, folder, Environment(), request.variables, folder / DATABASE)
    return dbt, Side(dbt.manifest(), known["settings"], known["folders"], known["installed"])


def build_head(
    request: Request, stack: ExitStack, base_dbt: Dbt, base: Side, outcome: Outcome, say: Callable[[str], None]
) -> Dbt:
    """Build what of head is not as in base, and test it, in a checkout that `stack` removes."""
    top = _top_of(request.project)
    tree = stack.enter_context(worktree(top, outcome.head_commit))
    dbt = _prepare(request, request.out.resolve() / "head", tree)
    changed = changed_files(top, outcome.base_commit, outcome.head_commit)
    selectors = _plan(request, base, base_dbt, dbt, tree, changed, outcome)
    if selectors:
        say(f"Head {outcome.head_commit[:9]}: building {len(outcome.built)} of {outcome.node_count} tables ...")
    else:
        say(f"Head {outcome.head_commit[:9]}: building all of it: {'; '.join(outcome.everything_because)} ...")
    _build_and_test(selectors, dbt, outcome)
    return dbt


def _top_of(project: Path) -> Path:
    if not (project / "dbt_project.yml").exists():
        raise FileNotFoundError(f"{project} has no dbt_project.yml: name the dbt project's folder with --project.")
    return Path(run_git(project, "rev-parse", "--show-toplevel")).resolve()


def _place_of(request: Request) -> Path:
    """Return the project's folder relative to the top of the repository."""
    return request.project.resolve().relative_to(_top_of(request.project))


def _prepare(request: Request, folder: Path, tree: Path) -> Dbt:
    """Return dbt for a checkout, in an empty folder, with its environment and packages there."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    if request.setup and subprocess.run(request.setup, shell=True, cwd=tree, check=False).returncode:
        raise RuntimeError(f"`{request.setup}` failed in a checkout of the repository: its output above says why.")
    paths = [tree / path for path in request.python_paths]
    environment = Environment(tree / request.bin, paths) if request.bin else Environment(python_paths=paths)
    place = _place_of(request)
    if not (tree / place / "dbt_project.yml").exists():
        raise RuntimeError(f"The commit has no dbt project in {place}: there is nothing to compare with.")
    dbt = Dbt(tree / place, folder, environment, request.variables, folder / DATABASE)
    dbt.install_packages()
    return dbt


def _known_base(request: Request, folder: Path, commit: str) -> dict[str, Any] | None:
    """Return what was written down of a base build, if it is the one that is wanted."""
    file = folder / "built.json"
    if not file.exists() or not (folder / DATABASE).exists():
        return None
    known = json.loads(file.read_text())
    return known if known["key"] == _key(request, commit) else None


def _key(request: Request, commit: str) -> list[str]:
    inputs = ""
    if request.inputs:
        with request.inputs.open("rb") as content:
            inputs = hashlib.file_digest(content, "sha256").hexdigest()
    return [commit, _place_of(request).as_posix(), request.variables, inputs, *request.python_paths]


def _build_base(request: Request, folder: Path, commit: str, tree: Path) -> dict[str, Any]:
    dbt = _prepare(request, folder, tree)
    _start_from_inputs(request, dbt)
    run = dbt.run("build", *_NO_TESTS)
    if run.exit_code:
        names = ", ".join(node.split(".")[-1] for node in run.failed()) or "the output above says why"
        raise RuntimeError(f"Base {commit[:9]} does not build, so there is nothing to compare with: {names}.")
    dbt.run("test", "--select", "tag:gate")  # how its gates end is no matter here, the diff reads it
    close_log(dbt.database)
    settings, folders = read_settings(dbt.project, tree)
    known = {
        "key": _key(request, commit),
        "settings": settings,
        "folders": folders,
        "installed": dbt.environment.installed(),
    }
    (folder / "built.json").write_text(json.dumps(known, indent=2, default=str))
    return json.loads((folder / "built.json").read_text())


def _start_from_inputs(request: Request, dbt: Dbt) -> None:
    if request.inputs:
        shutil.copy(request.inputs, dbt.database)


def _plan(
    request: Request, base: Side, base_dbt: Dbt, head_dbt: Dbt, tree: Path, changed: list[str], outcome: Outcome
) -> list[str]:
    """Find what head has to build, and prepare its database; return dbt's options, none for all of it."""
    state = ("--state", str(base_dbt.target))
    kinds = [option for kind in BUILT for option in ("--resource-type", kind)]
    form = ("--output", "json", "--output-keys", "unique_id")
    listing = head_dbt.run("ls", "--select", "state:modified+", *state, *kinds, *form, quiet=True)
    if listing.exit_code:
        outcome.everything_because = ["dbt could not compare it with base"]
        _start_from_inputs(request, head_dbt)
        return []
    manifest = head_dbt.manifest()
    settings, folders = read_settings(head_dbt.project, tree)
    settings = json.loads(json.dumps(settings, default=str))  # as base's were written down
    head = Side(manifest, settings, folders, head_dbt.environment.installed())
    patterns = (*HARMLESS, *request.harmless)
    found = select(base, head, changed, request.python_paths, patterns)
    if request.is_full:
        found.everything_because.insert(0, "it was asked for")
    seen = [json.loads(line)["unique_id"] for line in listing.output.splitlines() if line.startswith("{")]
    everything = {key for key, node in manifest["nodes"].items() if node["resource_type"] in BUILT}
    outcome.node_count = len(everything)
    outcome.everything_because = found.everything_because
    if found.everything_because:
        outcome.built = sorted(everything)
        _start_from_inputs(request, head_dbt)
        return []
    built = with_children(manifest, [*seen, *found.extra])
    outcome.built = sorted(built)
    outcome.extra = {node: why for node, why in sorted(found.extra.items()) if node not in seen}
    kept = [manifest["nodes"][node] for node in everything - built]
    carry_over(base_dbt.database, head_dbt.database, kept, request.inputs)
    extra = [f"fqn:{'.'.join(manifest['nodes'][node]['fqn'])}+" for node in outcome.extra]
    return ["--select", "state:modified+", *extra, "--defer", *state]


def _build_and_test(selectors: list[str], dbt: Dbt, outcome: Outcome) -> None:
    """Build first and test then, so that a gate that fails does not leave tables out that the diff reads."""
    if not selectors or outcome.built:
        run = dbt.run("build", *selectors, *_NO_TESTS)
        unforeseen = {node for node in run.statuses if node.split(".")[0] in BUILT} - set(outcome.built)
        if selectors and unforeseen:
            raise RuntimeError("dbt built other tables than were made room for: build all of head with --full.")
        if run.exit_code:
            outcome.failed_nodes = [_name(node) for node in run.failed()] or ["dbt itself: its output says why"]
            outcome.exit_code = BUILD_FAILS
            return
    gates = ["tag:gate", *selectors[1 : selectors.index("--defer")]] if selectors else []
    options = ["--select", *gates, *selectors[selectors.index("--defer") :]] if selectors else []
    run = dbt.run("test", *options, "--indirect-selection", "eager")
    if run.exit_code:
        outcome.failed_tests = [_name(node) for node in run.failed()] or ["dbt itself: its output says why"]
        outcome.exit_code = GATES_FAIL


def _name(node: str) -> str:
    return node.split(".")[2] if node.count(".") > 1 else node


def _write_results(request: Request, base: Dbt, head: Dbt, outcome: Outcome) -> None:
    from strate.diff import Build, Thresholds, compare_builds, diff_page, render_markdown
    from strate.report import write_report
    from strate.report.page import write_page

    ending = _ending(outcome)
    if outcome.exit_code == BUILD_FAILS:
        (request.out / "diff.md").write_text(f"<!-- strate diff -->\n{ending}", encoding="utf-8")
        return
    builds = [Build(dbt.database, _schema(dbt), dbt.target) for dbt in (base, head)]
    found = compare_builds(*builds, Thresholds.of_project(head.project, request.variables))
    outcome.findings = list(found.findings)
    if found.findings and outcome.exit_code == HOLDS:
        outcome.exit_code = BEYOND
    text = render_markdown(found, limit=COMMENT_LIMIT - len(ending) - 1)
    (request.out / "diff.md").write_text(f"{text}\n{ending}", encoding="utf-8")
    (request.out / "diff.json").write_text(json.dumps(found.to_dict(), indent=2) + "\n", encoding="utf-8")
    write_page(diff_page(found), request.out / "diff.html")
    write_report(head.database, builds[1].schema, head.target, request.out / "report.html", None)


def _ending(outcome: Outcome) -> str:
    """Return what the comment says besides the diff."""
    lines = []
    if outcome.failed_nodes:
        lines += ["**Head does not build.** These failed: " + _listed(outcome.failed_nodes) + ". The log says why.", ""]
    if outcome.failed_tests:
        lines += ["**Gates or tests do not hold:** " + _listed(outcome.failed_tests) + ".", ""]
    if outcome.everything_because:
        lines.append(f"All of head was built: {'; '.join(outcome.everything_because[:5])}.")
    else:
        lines.append(f"Head built {len(outcome.built)} of {outcome.node_count} tables; the others are base's.")
    return "\n".join([*lines, f"Base {outcome.base_commit[:9]}, head {outcome.head_commit[:9]}.", ""])


def _listed(names: list[str], most: int = 20) -> str:
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _schema(dbt: Dbt) -> str:
    node = dbt.manifest()["nodes"].get("model.strate.customer_segments")
    if node is None:
        raise RuntimeError(f"{dbt.project} does not build Strate's customer_segments: is the package in packages.yml?")
    return node["schema"]
