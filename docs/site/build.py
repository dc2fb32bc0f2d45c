"""Build the static site: the project's pages, the tables as dbt documents them, and the report of the demo.

    DBT_TARGET_PATH=target/docs dbt docs generate --static
    python docs/site/build.py --database strate.duckdb --target target --docs-target target/docs --out site

dbt's docs have a target folder of their own, as they overwrite what the build said of its gates.
"""

import argparse
import shutil
import subprocess
import sys
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]


def build_site(database: Path, target: Path, docs_target: Path, out: Path) -> None:
    """Write the site to `out`, which is emptied before.

    Raises
    ------
    FileNotFoundError
        If dbt's page is not there.
    subprocess.CalledProcessError
        If a page links to nothing, is in no menu, or the report cannot be written.
    """
    page = docs_target / "static_index.html"
    if not page.exists():
        raise FileNotFoundError(f"{page} does not exist: run `dbt docs generate --static` first.")
    shutil.rmtree(out, ignore_errors=True)
    sphinx = [sys.executable, "-m", "sphinx", "-b", "html", "-c", PROJECT / "docs/site", "--fail-on-warning"]
    doctrees = out / ".doctrees"
    subprocess.run([*sphinx, "--keep-going", "--quiet", "-d", doctrees, PROJECT, out], check=True)
    shutil.rmtree(doctrees)
    (out / "dbt").mkdir()
    shutil.copy(page, out / "dbt/index.html")
    report = [Path(sys.executable).with_name("strate"), "report", "--database", database, "--target", target]
    subprocess.run([*report, "--out", out / "report.html"], check=True)
    (out / "index.html").write_text(
        '<!doctype html><html lang="en"><meta charset="utf-8"><title>Strate</title>'
        '<meta http-equiv="refresh" content="0; url=docs/site/index.html">'
        '<a href="docs/site/index.html">Strate</a></html>\n'
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--database", type=Path, default=Path("strate.duckdb"))
    parser.add_argument("--target", type=Path, default=Path("target"))
    parser.add_argument("--docs-target", type=Path, default=Path("target/docs"))
    parser.add_argument("--out", type=Path, default=Path("site"))
    options = parser.parse_args()
    build_site(options.database, options.target, options.docs_target, options.out)
    print(f"Written to {options.out}. Open {options.out / 'index.html'}.")
