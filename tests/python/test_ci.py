"""Continuous integration: a change is built beside what it changes, and what is slim is as if all had been built."""

import json
import shutil
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
import yaml
from typer.testing import CliRunner

from change import commit, git, set_vars, write_repository
from strate.ci.check import BEYOND, BUILD_FAILS, GATES_FAIL, Outcome, Request, build_head, check_change, provide_base
from strate.ci.dbt import Dbt, Environment, duckdb_profile
from strate.ci.git import worktree
from strate.ci.retrain import PROMOTED, retrain
from strate.ci.selection import Side, changed_vars, select
from strate.cli import app

pytestmark = [pytest.mark.xdist_group("ci")]

# Each chain of tables follows one kind of change; `quiet` follows none.
CHAINS = {
    "models/by_var.sql": "select sku, price, price > {{ var('limit') }} as is_dear from {{ ref('prices') }}",
    "models/by_macro.sql": "select sku, {{ rounded('price') }} as price from {{ ref('stock') }}",
    "models/by_seed.sql": "select sum(price) as total from {{ ref('rates') }}",
    "models/by_model.sql": "select sku, price as paid from {{ ref('stock') }}",
    "models/by_settings.sql": "select '{{ model.config.meta.word }}' as word",
    "models/by_settings.yml": """models: [{name: by_settings, config: {meta: {word: "{{ var('word') }}"}}}]""",
    "models/after_var.sql": "select count(*) as n from {{ ref('by_var') }} where is_dear",
    "models/after_python.sql": "select max(n) as n from {{ ref('by_python') }}",
    "models/stock.sql": "select sku, price + 0.25 as price from {{ ref('prices') }}",
    "models/quiet.sql": "select * from {{ ref('prices') }}",
    "models/growing.sql": """
        {{ config(materialized='incremental', full_refresh=false) }}
        select count(*) as n from {{ ref('by_var') }} where is_dear
    """,
    "models/by_python.py": """
def model(dbt, session):
    import shop_words
    dbt.ref("prices")
    return session.sql(f"select {shop_words.COUNT} as n")
""",
    "macros/rounded.sql": "{% macro rounded(column) %}{{ digits(column) }}{% endmacro %}",
    "macros/digits.sql": "{% macro digits(column) %}round({{ column }}, 1){% endmacro %}",
    "seeds/prices.csv": "sku,price\na,1.5\nb,20\nc,300\n",
    "seeds/rates.csv": "sku,price\na,1\nb,2\n",
    "src/shop_words.py": "COUNT = 1\n",
    "README.md": "A shop.\n",
    "dbt_project.yml": """
name: little
profile: little
config-version: 2
vars: {limit: 10, word: before}
models:
  little: {+materialized: table}
""",
}
CHANGES = {
    "models/by_model.sql": "select sku, price * 2 as paid from {{ ref('stock') }}",
    "macros/digits.sql": "{% macro digits(column) %}round({{ column }}, 0){% endmacro %}",
    "seeds/rates.csv": "sku,price\na,1\nb,5\n",
    "src/shop_words.py": "COUNT = 2\n",
    "README.md": "A small shop.\n",
    "dbt_project.yml": CHAINS["dbt_project.yml"].replace("10, word: before", "100, word: after"),
}


def write_files(top: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (top / name).parent.mkdir(parents=True, exist_ok=True)
        (top / name).write_text(text)


def tables_of(database: Path) -> dict[str, list[tuple]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in names}


@pytest.mark.build
def test_a_slim_build_is_as_if_all_had_been_built(tmp_path: Path) -> None:
    top = tmp_path / "repository"
    write_files(top, CHAINS)
    git(top, "init", "--quiet", "--initial-branch", "main")
    commit(top, "first")
    git(top, "switch", "--quiet", "--create", "change")
    write_files(top, CHANGES)
    commit(top, "each kind of change")
    request = Request(top, "main", "change", tmp_path / "out", python_paths=["src"])
    outcome = check_parts(request)
    base, slim = (request.out / side / "strate.duckdb" for side in ("base", "head"))
    assert outcome.everything_because == []
    changed = {"by_var", "after_var", "growing", "by_macro", "by_model", "by_settings", "by_python", "after_python"}
    assert {node.split(".")[-1] for node in outcome.built} == changed | {"rates", "by_seed"}

    whole = Dbt(
        top, tmp_path / "whole", Environment(python_paths=[top / "src"]), "{}", tmp_path / "whole/strate.duckdb"
    )
    assert whole.run("build").exit_code == 0
    before, after = tables_of(base), tables_of(slim)
    assert after == tables_of(whole.database)
    assert {name for name in after if after[name] != before[name]} == changed | {"rates", "by_seed"}

    # What is not selected is base's: a mark that only base's file has comes through. And a slip of the pen is told.
    with duckdb.connect(str(base)) as connection:
        connection.execute("insert into stock values ('mark', 7)")
    write_files(top, {"models/by_macro.sql": "select nonsense"})
    commit(top, "a slip of the pen")
    outcome = check_parts(request)
    assert (outcome.exit_code, outcome.failed_nodes) == (BUILD_FAILS, ["by_macro"])
    assert ("mark", 14) in tables_of(slim)["by_model"]


def check_parts(request: Request) -> Outcome:
    """Check a project that has no segments to compare."""
    outcome = Outcome()
    with ExitStack() as stack:
        build_head(request, stack, *provide_base(request, stack, outcome, print), outcome, print)
    return outcome


@pytest.fixture(scope="module")
def shop(tiny_inputs: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_repository(tmp_path_factory.mktemp("shop") / "repository", tiny_inputs)


def request_of(shop: Path, out: str, **more: object) -> Request:
    """Return the check of what is checked out; base's build is shared."""
    folder = shop.parent
    return Request(
        shop / "shop",
        "main",
        "HEAD",
        folder / out,
        base_build=folder / "base",
        python_paths=["strate/src"],
        **more,
    )


@pytest.mark.build
def test_a_changed_rule_is_checked_from_end_to_end(shop: Path) -> None:
    git(shop, "switch", "--quiet", "--create", "rule", "main")
    set_vars(shop, lifecycle_new_days=40)
    commit(shop, "Newcomers are new for 40 days")
    request = request_of(shop, "rule")
    arguments = ["--base", "main", "--project", str(request.project), "--out", str(request.out)]
    arguments += ["--base-build", str(request.base_build), "--python-path", "strate/src"]
    done = subprocess.run(
        [str(Path(sys.executable).with_name("strate")), "ci", "check", *arguments], capture_output=True, text=True
    )
    told = json.loads((request.out / "check.json").read_text())
    assert told["everything_because"] == [], done.stdout[-3000:]
    assert "model.strate.int_segments__lifecycle" in told["built"]
    assert not {"model.strate.customer_features", "model.strate.clustering_fit"} & set(told["built"])
    with duckdb.connect(str(request.base_build / "strate.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            """
            select count(*) from customer_segments inner join customer_features using (customer_id, as_of_date)
            where segment_key = 'lifecycle_new' and days_since_first_order > 40
            """
        ).fetchall()
    moved = {
        one["name"]: one["moved_count"] for one in json.loads((request.out / "diff.json").read_text())["segmentations"]
    }
    assert moved.pop("lifecycle") == moved.pop("value_by_lifecycle") == rows[0][0] > 0
    assert set(moved.values()) == {0}
    comment = (request.out / "diff.md").read_text()
    assert comment.startswith("<!-- strate diff -->")
    assert f"| lifecycle | 229 | {rows[0][0]} |" in comment
    assert done.returncode == (BEYOND if told["findings"] else 0)
    assert (request.out / "report.html").stat().st_size > (request.out / "diff.html").stat().st_size > 0
    assert "strate_ci_" not in git(shop, "worktree", "list")


@pytest.mark.build
def test_a_gate_that_fails_is_told_beside_the_diff(shop: Path) -> None:
    git(shop, "switch", "--quiet", "--create", "gate", "main")
    set_vars(shop, max_segment_share=0.01)
    commit(shop, "No segment has more than a hundredth")
    request = request_of(shop, "gate")
    outcome = check_change(request, print)
    assert outcome.exit_code == GATES_FAIL
    assert any("maximum_segment_share" in name for name in outcome.failed_tests)
    assert "maximum_segment_share" in (request.out / "diff.md").read_text()
    assert (request.out / "diff.html").exists()


@pytest.mark.build
def test_a_model_that_holds_takes_the_place_of_the_served_one(shop: Path) -> None:
    git(shop, "switch", "--quiet", "main")
    request = request_of(shop, "retrain")
    served = shop.parent / "served/strate.duckdb"
    served.parent.mkdir()
    with ExitStack() as stack:
        base, _ = provide_base(request, stack, Outcome(), print)
    shutil.copy(base.database, served)
    inode, before = served.stat().st_ino, served.read_bytes()
    with served.open("rb") as reader:  # who reads the old file goes on
        target = served.parent / "target"
        found = retrain(request.project, served, target, request.out, "{as_of_date: 2025-12-30}", [], False, print)
        assert (found.exit_code, found.because) == (PROMOTED, [])
        assert served.stat().st_ino != inode
        assert reader.read() == before
    with duckdb.connect(str(served), read_only=True) as connection:
        dates = connection.execute("select distinct as_of_date::text from segment_history order by 1").fetchall()
        runs = connection.execute("select count(*) from audit_log where action = 'build_finished'").fetchall()
    assert dates == [("2025-12-30",), ("2025-12-31",)]  # a date more, and what was recorded before
    assert runs == [(2,)]
    assert (target / "run_results.json").exists()
    assert (request.out / "retrain.md").read_text().startswith("## The new build is served")
    assert {file.name for file in served.parent.iterdir()} == {"strate.duckdb", "target"}


def test_vars_that_changed_take_those_along_that_name_them() -> None:
    base = {"shop": {"vars": {"a": 1, "strate": {"b": "{{ var('a') }}", "c": 2}}}, "strate": {"vars": {"c": 3}}}
    head = {"shop": {"vars": {"a": 2, "strate": {"b": "{{ var('a') }}", "c": 2}}}, "strate": {"vars": {"c": 3}}}
    assert changed_vars(base, head) == {"a", "b"}
    assert changed_vars(base, base) == set()


@pytest.fixture
def side(shop: Path) -> Side:
    """Base of the shop, as dbt read it."""
    with ExitStack() as stack:
        return provide_base(request_of(shop, "side"), stack, Outcome(), print)[1]


@pytest.mark.build
def test_modules_of_strate_make_its_python_models_anew(side: Side) -> None:
    assert select(side, side, ["strate/models/staging/staging.md", "README.md"], ["strate/src"]).extra == {}
    python = {node for node, content in side.manifest["nodes"].items() if content.get("language") == "python"}
    found = select(side, side, ["strate/src/strate/rules.py"], ["strate/src"])
    assert set(found.extra) == python != set()
    assert found.everything_because == []
    upgraded = replace(side, installed=side.installed | {"scikit-learn": "0"})
    assert set(select(side, upgraded, [], []).extra) == python


@pytest.mark.build
def test_what_cannot_be_judged_is_a_reason_to_build_everything(side: Side) -> None:
    def reasons(head: Side, *changed: str) -> list[str]:
        return select(side, head, changed, ["strate/src"]).everything_because

    def with_settings(**settings: object) -> Side:
        return replace(side, settings=side.settings | {"shop": side.settings["shop"] | settings})

    assert reasons(side) == []
    assert len(reasons(side, "shop/profiles.yml", "shop/prices.parquet")) == 2
    assert "flags" in reasons(with_settings(flags={"x": True}))[0]
    variables = side.settings["shop"]["vars"]["strate"] | {"retention_days": {"tracking": 30}}
    assert "retention_days" in reasons(with_settings(vars={"strate": variables}))[0]


def test_the_profile_is_the_projects_own_on_another_file(tmp_path: Path) -> None:
    (tmp_path / "dbt_project.yml").write_text("profile: shop")
    output = duckdb_profile(tmp_path, tmp_path / "x.duckdb")["shop"]["outputs"]["ci"]
    assert (output["type"], output["path"]) == ("duckdb", str(tmp_path / "x.duckdb"))
    outputs = {"prod": {"type": "snowflake"}, "dev": {"type": "duckdb", "path": "y", "schema": "{{ env_var('S') }}"}}
    (tmp_path / "profiles.yml").write_text(yaml.safe_dump({"shop": {"target": "prod", "outputs": outputs}}))
    output = duckdb_profile(tmp_path, tmp_path / "x.duckdb")["shop"]["outputs"]["ci"]
    assert output == {"type": "duckdb", "path": str(tmp_path / "x.duckdb"), "schema": "{{ env_var('S') }}"}


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    def told(*arguments: str) -> str:
        done = CliRunner().invoke(app, ["ci", "check", "--out", str(tmp_path / "out"), *arguments])
        assert done.exit_code == 2
        return done.output

    assert "--project" in told("--base", "main", "--project", str(tmp_path))
    write_files(tmp_path / "top", {"dbt_project.yml": "name: x", "a.txt": "a"})
    assert "git" in told("--base", "main", "--project", str(tmp_path / "top"))
    git(tmp_path / "top", "init", "--quiet", "--initial-branch", "main")
    commit(tmp_path / "top", "first")
    assert "fetch-depth" in told("--base", "elsewhere", "--project", str(tmp_path / "top"))
    with worktree(tmp_path / "top", "HEAD") as tree:
        assert (tree / "a.txt").exists()
    assert not tree.exists()
    shutil.rmtree(tmp_path / "top/.git")
