"""Time Strate beside the usual pandas script: `make bench CUSTOMERS=100000`.

For each size: demo inputs as Parquet are written once, then measured as whole processes, with nothing else running, are

- `dbt build` into a new database,
- the baseline on the same inputs,
- `dbt build` again once the inputs hold 1 % more tracking events, and what else arrived in the same days,
- `dbt build` again with nothing new.

Gates that judge the demo's segments only warn; all else has to be green, and both have to find the same segments.
"""

import argparse
import json
import os
import platform
import shutil
import sys
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path

from rich.console import Console

import report
from measure import Measured, ProcessFailedError, dbt_phases, pandas_phases, run_process

BENCH = Path(__file__).resolve().parent
PROJECT = BENCH.parent
RESULTS = BENCH / "results"
RATES = PROJECT / "seeds/demo/demo_exchange_rates.csv"
ITEMS = PROJECT / "seeds/demo/demo_survey_items.csv"
GATES = ("min_segment_size", "min_silhouette", "max_davies_bouldin", "max_segment_share")


class Bench:
    """One size of inputs, and the runs on them.

    Parameters
    ----------
    customers : int
        Customers of the demo data.
    training_dates : int
        As-of dates before the latest one, for both sides.
    threads : int or None
        Threads of dbt; None takes the profile's.
    """

    def __init__(self, customers: int, training_dates: int, threads: int | None) -> None:
        self.training_dates = training_dates
        self.threads = threads
        self.folder = BENCH / ".data" / str(customers)
        self.inputs = self.folder / "inputs"
        self.scratch = self.folder / "scratch"
        if not (self.folder / "inputs.json").exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            # Beside the folder, which is emptied first.
            run_process([sys.executable, BENCH / "inputs.py", customers, self.folder], self.folder.with_suffix(".log"))
        self.facts = json.loads((self.folder / "inputs.json").read_text())

    def show_inputs(self, state: str) -> None:
        """Let the folder that the input vars name hold the rows of one state, before or after."""
        self.inputs.unlink(missing_ok=True)
        self.inputs.symlink_to(state)

    def strate(self) -> Measured:
        """Run `dbt build` on the database as it is."""
        names = self.facts["rows"]
        variables = {name: f"'{self.inputs / name}.parquet'" for name in names}
        variables |= {"exchange_rates": f"'{RATES}'", "survey_items": f"'{ITEMS}'"}
        # The baseline has no topics of free text, and fills nothing.
        variables |= {"training_date_count": self.training_dates, "text_max_topics": 0, "imputed_features": []}
        variables |= {"value_methods": []}
        variables |= {f"{gate}_severity": "warn" for gate in GATES}
        target = self.scratch / "target"
        (target / "run_results.json").unlink(missing_ok=True)
        command = [Path(sys.executable).with_name("dbt"), "--no-use-colors", "build", "--exclude", "path:seeds/demo"]
        command += ["--vars", json.dumps(variables)]
        if self.threads:
            command += ["--threads", self.threads]
        environment = os.environ | {
            "STRATE_DUCKDB_PATH": str(self.scratch / "strate.duckdb"),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(self.scratch / "logs"),
            "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        }
        measured, began = run_process(command, self.scratch / "dbt.log", cwd=PROJECT, env=environment)
        dbt_phases(target, measured, began)
        return measured

    def pandas(self) -> Measured:
        """Run the baseline, and hold its segments against those that the database has."""
        out = self.scratch / "pandas"
        command = [sys.executable, BENCH / "pandas_baseline.py", self.inputs, out]
        command += ["--as-of-dates", self.training_dates + 1]
        measured, _ = run_process(command, self.scratch / "pandas.log")
        pandas_phases(out, measured)
        run_process(
            [sys.executable, BENCH / "agree.py", self.scratch / "strate.duckdb", out], self.scratch / "agree.log"
        )
        return measured

    def series(self, with_pandas: bool) -> dict[str, Measured]:
        """Run everything once, from nothing."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir()
        self.show_inputs("before")
        found = {"full": self.strate()}
        if with_pandas:
            found["pandas"] = self.pandas()
        self.show_inputs("after")
        found["incremental"] = self.strate()
        found["nothing_new"] = self.strate()
        return found


def median(runs: list[Measured]) -> dict:
    """Return the run of median wall time, and how far the others lay."""
    middle = sorted(runs, key=lambda run: run.wall_seconds)[(len(runs) - 1) // 2]
    return asdict(middle) | {"all_wall_seconds": [run.wall_seconds for run in runs]}


def machine() -> dict:
    """Return what the figures depend on."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    packages = ("dbt-core", "dbt-duckdb", "duckdb", "pandas", "pyarrow", "scikit-learn")
    return {
        "cpus": os.cpu_count(),
        "memory_gb": round(memory / report.GB, 1),
        "python": platform.python_version(),
        **{name: version(name) for name in packages},
    }


def bench_size(customers: int, given: argparse.Namespace, console: Console) -> dict:
    """Run everything at one size, and return what is written down of it."""
    console.print(f"Inputs of {customers:,} customers ...")
    bench = Bench(customers, given.training_dates, given.threads)
    console.print("Running ...")
    series = [bench.series(not given.skip_pandas) for _ in range(given.runs)]
    if not given.keep:
        shutil.rmtree(bench.scratch)
    runs = {name: median([found[name] for found in series]) for name in series[0]}
    return {
        "customers": customers,
        **bench.facts,
        "as_of_dates": given.training_dates + 1,
        "machine": machine(),
        "runs": runs,
        "targets": [{"target": t, "found": found, "is_met": met} for t, found, met in report.targets(runs)],
    }


def main() -> None:
    """Run as a script."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--customers", type=int, nargs="+", default=[10_000], help="one or more sizes")
    parser.add_argument("--runs", type=int, default=1, help="how often; the run of median time is told")
    parser.add_argument("--training-dates", type=int, default=2, help="as-of dates before the latest, for both sides")
    parser.add_argument("--threads", type=int, help="threads of dbt; the profile's by default")
    parser.add_argument("--skip-pandas", action="store_true", help="Strate alone")
    parser.add_argument("--keep", action="store_true", help="keep the database and the baseline's tables")
    parser.add_argument("--show", action="store_true", help="run nothing: show what the last runs of these sizes found")
    given = parser.parse_args()

    console = Console()
    RESULTS.mkdir(exist_ok=True)
    results = []
    for customers in given.customers:
        path = RESULTS / f"{customers}.json"
        if not given.show:
            path.write_text(json.dumps(bench_size(customers, given, console), indent=2) + "\n")
        elif not path.exists():
            sys.exit(f"{path} does not exist: run without --show first.")
        results.append(json.loads(path.read_text()))
        found = report.tables(results[-1])
        path.with_suffix(".md").write_text(report.markdown(found))
        console.print(report.render(found))
    if len(results) > 1:
        growth = [report.scaling(results)]
        (RESULTS / "growth.md").write_text(report.markdown(growth))
        console.print(report.render(growth))
    console.print(f"Written to {RESULTS}, as JSON and as Markdown.")


if __name__ == "__main__":
    try:
        main()
    except ProcessFailedError as error:
        sys.exit(str(error))
