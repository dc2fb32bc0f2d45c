"""Whole processes with their time and peak memory, and what a dbt run spent on which phase."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

RUSAGE_UNIT = 1 if sys.platform == "darwin" else 1024  # ru_maxrss is in bytes there, in kilobytes elsewhere


@dataclass
class Measured:
    """One process.

    Attributes
    ----------
    wall_seconds, cpu_seconds : float
        CPU is user and system time, of children too.
    peak_bytes : int
        Largest resident memory that the process, or a child of it, ever had.
    phases : dict of str to float
        Wall seconds; they add up to `wall_seconds`.
    node_seconds : dict of str to float
        Seconds of dbt's nodes, which run side by side; more than the phases then.
    """

    wall_seconds: float
    cpu_seconds: float
    peak_bytes: int
    phases: dict[str, float] = field(default_factory=dict)
    node_seconds: dict[str, float] = field(default_factory=dict)


class ProcessFailedError(RuntimeError):
    """A measured process did not end well; the message has the end of its output."""


def run_process(command: Sequence[Any], log: Path, **options: Any) -> tuple[Measured, float]:
    """Run a command to its end, its output in a file, and return its measures and when it began (Unix time).

    Raises
    ------
    ProcessFailedError
        If the exit code is not 0.
    """
    with log.open("w") as output:
        began = time.time()
        clock = time.perf_counter()
        process = subprocess.Popen([str(part) for part in command], stdout=output, stderr=output, **options)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - clock
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise ProcessFailedError(f"{command[0]} ended with {process.returncode}:\n{log.read_text()[-4000:]}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * RUSAGE_UNIT), began


def phase_of(node: dict) -> str:
    """Return the phase of a node of dbt's manifest, by its kind and its folder."""
    if node["resource_type"] in ("test", "unit_test"):
        return "tests"
    if node["resource_type"] != "model":
        return "start"
    folder = node["fqn"][1:-1]
    if folder[0] in ("intermediate", "marts") and len(folder) > 1:
        return {"customers": "features"}.get(folder[1], folder[1])
    return {"audit": "tests"}.get(folder[0], folder[0])


def spread(spans: Sequence[tuple[float, float, str]]) -> dict[str, float]:
    """Share out the time of overlapping spans: where n of them run, each gets an n-th of the moment.

    Parameters
    ----------
    spans : sequence of (start, end, name)
        In seconds.

    Returns
    -------
    dict of str to float
        Seconds by name; their sum is the time in which at least one span ran.
    """
    shares = dict.fromkeys((name for _, _, name in spans), 0.0)
    moments = sorted({moment for start, end, _ in spans for moment in (start, end)})
    for left, right in pairwise(moments):
        running = [name for start, end, name in spans if start <= left and end >= right]
        for name in running:
            shares[name] += (right - left) / len(running)
    return shares


def dbt_phases(target: Path, measured: Measured, began: float) -> None:
    """Add to a measured dbt run what its artifacts tell of its phases.

    `start` is the time in which no node ran: Python's start, parsing, scheduling, seeds and hooks, exit.

    Raises
    ------
    ProcessFailedError
        If the artifacts are not of this run, or a node neither succeeded nor merely warned.
    """
    nodes = json.loads((target / "manifest.json").read_text())["nodes"]
    results = json.loads((target / "run_results.json").read_text())["results"]
    bad = [r["unique_id"] for r in results if r["status"] not in ("success", "pass", "warn", "no-op")]
    if bad:
        raise ProcessFailedError(f"The build is not green: {', '.join(bad)}")
    spans = []
    for result in results:
        times = [datetime.fromisoformat(t[edge]).timestamp() for t in result["timing"] for edge in t if edge != "name"]
        if times and result["unique_id"] in nodes:
            spans.append((min(times), max(times), phase_of(nodes[result["unique_id"]])))
    if not spans or min(spans)[0] < began - 1:
        raise ProcessFailedError(f"{target} has no results of this run.")
    measured.phases = spread(spans)
    busy = sum(measured.phases.values())
    measured.phases["start"] = measured.phases.get("start", 0.0) + measured.wall_seconds - busy
    for start, end, name in spans:
        measured.node_seconds[name] = measured.node_seconds.get(name, 0.0) + end - start


def pandas_phases(out: Path, measured: Measured) -> None:
    """Add to a measured baseline run what it wrote of its phases; `start` is the rest, mostly imports."""
    measured.phases = json.loads((out / "phases.json").read_text())["phases"]
    measured.phases["start"] = measured.wall_seconds - sum(measured.phases.values())
