"""What a bench found, as ratios and targets, for the terminal and for the docs."""

import math
from itertools import pairwise

from rich.console import Group
from rich.table import Table

GB = 1e9
RUNS = {
    "full": "full build",
    "incremental": "1 % new events",
    "nothing_new": "nothing new",
    "pandas": "pandas",
}
# A phase by its name: those of Strate, which are folders of models, and those of the baseline.
PHASES = {
    "start": (("start",), ("start",)),
    "clean and sessions": (("staging", "activity"), ("read", "clean", "activity")),
    "identity": (("identity",), ("identity",)),
    "features": (("permissions", "features", "survey"), ("features",)),
    "clustering": (("clustering",), ("clustering",)),
    "segments": (("segments", "time", "metrics"), ("segments", "write")),
    "data quality and bias": (("quality", "bias"), ()),
    "tests and audit": (("tests",), ()),
}
FASTER, MEMORY_SHARE, MEMORY_GB, INCREMENTAL_SHARE = 5.0, 1 / 3, 10.0, 0.15


def phase_seconds(run: dict, side: int) -> dict[str, float]:
    """Return the wall seconds of a run by the common phases; `side` is 0 for Strate, 1 for the baseline."""
    seconds = {name: sum(run["phases"].get(part, 0.0) for part in parts[side]) for name, parts in PHASES.items()}
    rest = run["wall_seconds"] - sum(seconds.values())
    return seconds | ({"other": rest} if rest > 0.005 else {})


def targets(runs: dict[str, dict]) -> list[tuple[str, str, bool]]:
    """Return each target that the runs can judge: what it says, what was found, whether it is met."""
    full = runs["full"]
    peak = full["peak_bytes"] / GB
    share = runs["incremental"]["wall_seconds"] / full["wall_seconds"]
    found = [(f"under {MEMORY_GB:.0f} GB", f"{peak:.2f} GB", peak < MEMORY_GB)]
    if "pandas" in runs:
        pandas = runs["pandas"]
        faster = pandas["wall_seconds"] / full["wall_seconds"]
        memory = full["peak_bytes"] / pandas["peak_bytes"]
        found += [
            (f"at least {FASTER:.0f} times faster than pandas", f"{faster:.2f} times", faster >= FASTER),
            ("at most a third of its memory", f"{memory:.0%}", memory <= MEMORY_SHARE),
        ]
    found.append((f"1 % new events in at most {INCREMENTAL_SHARE:.0%}", f"{share:.0%}", share <= INCREMENTAL_SHARE))
    return found


def tables(result: dict) -> list[tuple[str, list[str], list[list[str]]]]:
    """Return the tables of one size, each a title, its header and its rows."""
    runs = result["runs"]
    full = runs["full"]
    run_rows = [
        [
            label,
            f"{runs[name]['wall_seconds']:.1f}",
            f"{runs[name]['cpu_seconds']:.1f}",
            f"{runs[name]['peak_bytes'] / GB:.2f}",
            f"{runs[name]['wall_seconds'] / full['wall_seconds']:.2f}",
            f"{runs[name]['cpu_seconds'] / full['cpu_seconds']:.2f}",
            f"{runs[name]['peak_bytes'] / full['peak_bytes']:.2f}",
        ]
        for name, label in RUNS.items()
        if name in runs
    ]
    sides = {name: phase_seconds(run, 1 if name == "pandas" else 0) for name, run in runs.items()}
    phase_rows = []
    for phase in [*PHASES, "other"]:
        cells = [f"{sides[name][phase]:.1f}" if sides[name].get(phase) else "" for name in RUNS if name in runs]
        ours, theirs = sides["full"].get(phase, 0.0), sides.get("pandas", {}).get(phase, 0.0)
        if any(cells):
            phase_rows.append([phase, *cells, f"{theirs / ours:.2f}" if ours and theirs else ""])
    rows = result["rows"]
    size = (
        f"{result['customers']:,} customers, {rows['erp_order_lines']['before']:,} order lines, "
        f"{rows['tracking_events']['before']:,} events"
    )
    seconds = [RUNS[name] for name in RUNS if name in runs]
    return [
        (size, ["run", "seconds", "CPU seconds", "peak GB", "time / full", "CPU / full", "memory / full"], run_rows),
        ("Wall seconds by phase", ["phase", *seconds, "pandas / full"], phase_rows),
        (
            "Targets, set for 1,000,000 customers",
            ["target", "found", ""],
            [[target, found, "met" if is_met else "missed"] for target, found, is_met in targets(runs)],
        ),
    ]


def scaling(results: list[dict]) -> tuple[str, list[str], list[list[str]]]:
    """Return how seconds and memory grow between sizes: the exponent of size, 1 for in proportion."""
    results = sorted(results, key=lambda result: result["customers"])
    header = ["phase", *(f"{a['customers']:,} to {b['customers']:,}" for a, b in pairwise(results))]
    rows = []
    for name in ("full", "incremental", "pandas"):
        if not all(name in result["runs"] for result in results):
            continue
        side = 1 if name == "pandas" else 0
        found = [result["runs"][name] for result in results]
        figures = [
            phase_seconds(run, side) | {"in all": run["wall_seconds"], "peak memory": run["peak_bytes"]}
            for run in found
        ]
        sizes = [result["customers"] for result in results]
        for phase in [*PHASES, "in all", "peak memory"]:
            cells = [
                f"{math.log(s[phase] / f[phase]) / math.log(n / m):.2f}" if f[phase] > 0 and s[phase] > 0 else ""
                for (f, s), (m, n) in zip(pairwise(figures), pairwise(sizes), strict=True)
            ]
            if any(cells):
                rows.append([f"{RUNS[name]}: {phase}", *cells])
    return "Growth: the exponent of size", header, rows


def render(found: list[tuple[str, list[str], list[list[str]]]]) -> Group:
    """Return tables for the terminal."""
    rendered = []
    for title, header, rows in found:
        table = Table(*header, title=title, title_justify="left")
        for column in table.columns[1:]:
            column.justify = "right"
        for row in rows:
            table.add_row(*row)
        rendered.append(table)
    return Group(*rendered)


def markdown(found: list[tuple[str, list[str], list[list[str]]]]) -> str:
    """Return tables as Markdown."""
    parts = []
    for title, header, rows in found:
        lines = [header, ["---"] + ["---:"] * (len(header) - 1), *rows]
        parts.append(f"{title}\n\n" + "\n".join(f"| {' | '.join(line)} |" for line in lines))
    return "\n\n".join(parts) + "\n"
