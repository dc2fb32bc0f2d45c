"""Small builds to publish: a DuckDB file and a manifest that says what is public, as dbt would write them."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb

from strate.publishing import Publication, Source, Targets, publish

TABLES = ("customers", "segments", "customer_segments")


class Build:
    """A build of three public tables whose rows say which build they are of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.source = Source(folder / "strate.duckdb", folder / "target")
        self.public = folder / "public.duckdb"
        self.nodes: dict[str, dict[str, Any]] = {}
        self.tests: dict[str, dict[str, Any]] = {}
        for name in TABLES:
            self.declare(name)

    def declare(
        self, name: str, access: str = "public", pii: dict[str, str] | None = None, key: list[str] | None = None
    ) -> None:
        """Make a model known."""
        columns = {
            column: {"name": column, "description": f"Column {column}.", "config": {"meta": {"pii": kind}}}
            for column, kind in ({"build": None} | (pii or {})).items()
        }
        self.nodes[f"model.strate.{name}"] = {
            "unique_id": f"model.strate.{name}",
            "resource_type": "model",
            "name": name,
            "alias": name,
            "database": "strate",
            "schema": "main",
            "description": f"Table {name}.",
            "columns": columns,
            "config": {"access": access, "materialized": "table"},
        }
        if key:
            self.tests[f"test.strate.{name}"] = {
                "unique_id": f"test.strate.{name}",
                "resource_type": "test",
                "attached_node": f"model.strate.{name}",
                "test_metadata": {"name": "unique_combination", "kwargs": {"columns": key}},
            }

    def make(self, number: int, rows: int = 50, extra: str = "") -> None:
        """Build once more; each row says `number`, and `extra` is more SQL."""
        (self.folder / "target").mkdir(exist_ok=True)
        (self.folder / "target/manifest.json").write_text(json.dumps({"nodes": self.nodes | self.tests}))
        with duckdb.connect(str(self.source.database)) as connection:
            for name in TABLES:
                connection.execute(
                    f"""
                    create or replace table {name} as
                    select {number} as build, i as id, date '2025-12-31' as as_of_date
                    from range({rows}) as numbers (i)
                    """
                )
            if extra:
                connection.execute(extra)

    def publish(self, **options: Any) -> Publication:
        """Publish to the DuckDB file of the folder, and to the other targets that are given."""
        targets = {
            name: options.pop(name) for name in ("parquet", "postgres", "keep", "unencrypted") if name in options
        }
        return publish(self.source, Targets(self.public, **targets), **options)


DIE = """
import os
from strate import progress

def die(*_):
    os.kill(os.getpid(), 9)

class Death:
    # Ends the process in the middle of a stage.
    def __init__(self, what):
        self.what = what
    def begin(self, what, total):
        return what
    def go_on(self, stage, done):
        if stage == self.what and done == 2:
            die()
    def end(self, stage):
        pass
"""


def killed(script: str, *arguments: object) -> None:
    """Run Python that kills itself on its way."""
    command = [sys.executable, "-c", DIE + script, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == -9, done.stdout + done.stderr


class Reader:
    """A process that reads a published copy again and again, as BI tools do, and fails at the first mixed state."""

    def __init__(self, script: str, *arguments: object) -> None:
        command = [sys.executable, "-c", script.replace("# poll", _POLL), *map(str, arguments)]
        pipe = subprocess.PIPE
        self._process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, text=True)

    def until(self, number: int) -> None:
        """Wait until it has seen a build; none but the one before may come first."""
        for line in self._process.stdout:
            if int(line) == number:
                return
            assert int(line) == number - 1
        raise AssertionError(self._process.stderr.read())

    def stop(self) -> None:
        """Stop, and fail if an error or a mixed state was seen."""
        _, errors = self._process.communicate("stop\n", timeout=60)
        assert self._process.returncode == 0, errors


_POLL = """
import sys, threading, time

stopped = threading.Event()
threading.Thread(target=lambda: (sys.stdin.readline(), stopped.set()), daemon=True).start()

def poll(read):
    last = None
    while not stopped.is_set():
        builds = set(read())
        assert len(builds) == 1, f"a mixed state: {builds}"
        (build,) = builds
        if build != last:
            print(build, flush=True)
        last = build
"""
