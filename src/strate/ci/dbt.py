"""dbt as a process, on a DuckDB file of our own, whatever the project's profile names."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

PREFERRED_TARGET = "ci"
PLAIN_OUTPUT = {
    "type": "duckdb",
    "schema": "main",
    "threads": 2,
    "settings": {"preserve_insertion_order": False},
    "plugins": [{"module": "strate.duckdb_plugin"}],
}


@dataclass(frozen=True)
class Environment:
    """Where programs and modules come from.

    Attributes
    ----------
    bin : pathlib.Path
        Folder with `python` and `dbt`.
    python_paths : list of pathlib.Path
        Folders whose modules go before the installed ones.
    """

    bin: Path = field(default_factory=lambda: Path(sys.executable).parent)
    python_paths: Sequence[Path] = ()

    def variables(self) -> dict[str, str]:
        """Return the environment variables of a process."""
        paths = [str(path) for path in self.python_paths] + [os.environ.get("PYTHONPATH", "")]
        return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}

    def installed(self) -> dict[str, str]:
        """Return the version of each installed distribution."""
        program = (
            "import importlib.metadata as m, json;"
            "print(json.dumps({d.metadata['Name'].lower(): d.version for d in m.distributions()}, sort_keys=True))"
        )
        done = subprocess.run([self.bin / "python", "-c", program], capture_output=True, text=True, check=True)
        return json.loads(done.stdout)


@dataclass(frozen=True)
class Dbt:
    """A dbt project with the file that it builds.

    Attributes
    ----------
    project : pathlib.Path
        Folder with `dbt_project.yml`.
    folder : pathlib.Path
        Where the target folder, logs, the profile and, unless named, the database go.
    environment : Environment
    variables : str
        Vars over those of the project, as YAML.
    database : pathlib.Path
        The DuckDB file. Its name is that of the database in SQL, so builds that share tables share it.
    """

    project: Path
    folder: Path
    environment: Environment
    variables: str
    database: Path

    @property
    def target(self) -> Path:
        """The target folder."""
        return self.folder / "target"

    def run(self, *arguments: str, quiet: bool = False) -> "DbtRun":
        """Run dbt, and return how it ended; what it prints goes to the terminal unless `quiet`."""
        (self.folder / "profile").mkdir(parents=True, exist_ok=True)
        (self.folder / "profile/profiles.yml").write_text(yaml.safe_dump(duckdb_profile(self.project, self.database)))
        results = self.target / "run_results.json"
        results.unlink(missing_ok=True)
        variables = self.environment.variables() | {
            "DBT_PROFILES_DIR": str(self.folder / "profile"),
            "DBT_TARGET_PATH": str(self.target),
            "DBT_LOG_PATH": str(self.folder / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
            "STRATE_DUCKDB_PATH": str(self.database),
        }
        command = [str(self.environment.bin / "dbt"), "--no-use-colors", *(["--quiet"] if quiet else []), *arguments]
        if arguments[0] != "deps":
            command += ["--target", PREFERRED_TARGET, "--vars", self.variables]
        done = subprocess.run(
            command,
            cwd=self.project,
            env=variables,
            stdout=subprocess.PIPE if quiet else None,
            text=True,
            check=False,
        )
        statuses = {}
        if results.exists():
            statuses = {one["unique_id"]: one["status"] for one in json.loads(results.read_text())["results"]}
        return DbtRun(done.returncode, statuses, done.stdout or "")

    def install_packages(self) -> None:
        """Run `dbt deps` where the project has packages; RuntimeError if that fails."""
        has_packages = any((self.project / name).exists() for name in ("packages.yml", "dependencies.yml"))
        if has_packages and self.run("deps", "--quiet").exit_code:
            raise RuntimeError(f"`dbt deps` failed in {self.project}: its output above says why.")

    def manifest(self) -> dict[str, Any]:
        """Return what dbt wrote down of the project."""
        return json.loads((self.target / "manifest.json").read_text())


@dataclass(frozen=True)
class DbtRun:
    """How a dbt process ended: its exit code, the status of each node, and what a quiet one printed."""

    exit_code: int
    statuses: dict[str, str]
    output: str

    def failed(self) -> list[str]:
        """Return the ids of nodes that failed; those skipped because of them are not among them."""
        return sorted(node for node, status in self.statuses.items() if status in ("error", "fail", "runtime error"))


def duckdb_profile(project: Path, database: Path) -> dict[str, Any]:
    """Return a profile for a DuckDB file: the project's own with another path, where it has one on DuckDB.

    The output `ci` is taken, else the default one, else the first on DuckDB; a project without any gets a plain one.
    """
    name = yaml.safe_load((project / "dbt_project.yml").read_text()).get("profile")
    if not name:
        raise ValueError(f"{project / 'dbt_project.yml'} names no profile: add `profile: <a name>`.")
    file = project / "profiles.yml"
    profile = (yaml.safe_load(file.read_text()) or {}).get(name, {}) if file.exists() else {}
    outputs = profile.get("outputs", {})
    usable = [
        key for key, output in outputs.items() if output.get("type") == "duckdb" and output.get("path") != ":memory:"
    ]
    wanted = [key for key in (PREFERRED_TARGET, profile.get("target")) if key in usable] + usable
    output = dict(outputs[wanted[0]]) if wanted else dict(PLAIN_OUTPUT)
    output.pop("database", None)
    return {name: {"target": PREFERRED_TARGET, "outputs": {PREFERRED_TARGET: output | {"path": str(database)}}}}
