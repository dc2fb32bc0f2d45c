"""Two builds compared: nothing where nothing changed, exactly who moves where something did, and a verdict by vars."""

import json
import shutil
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from strate.cli import app
from strate.diff import Build, Diff, Thresholds, compare_builds, diff_page, render_markdown
from strate.diff.stability import index_of_counts, stability_index
from strate.report.page import render_page

from conftest import PROJECT, Project

NAMES = {"a": "Loyal", "b": "Asleep", "c": "New"}


def write_build(path: Path, rows: list[tuple[str, str, str, float | None]], **more: str) -> Build:
    """Write a build of customers with segmentation, segment and revenue, and tables from SQL."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table customer_segments (customer_id text, segmentation text, segment_key text)")
        connection.execute("create table known (customer_id text, revenue double)")
        for customer, segmentation, key, revenue in rows:
            connection.execute("insert into customer_segments values (?, ?, ?)", [customer, segmentation, key])
            connection.execute("insert into known values (?, ?)", [customer, revenue])
        connection.execute(
            """
            create table customer_features as
            select distinct customer_id, date '2025-12-31' as as_of_date, revenue from known
            union all
            select 'gone', date '2025-09-30', 1000000
            """
        )
        connection.execute("create table names (segment_key text, segment_name text)")
        connection.executemany("insert into names values (?, ?)", list(NAMES.items()))
        connection.execute(
            """
            create table segments as
            select distinct segmentation, segment_key, segment_name
            from customer_segments left join names using (segment_key)
            """
        )
        for name, sql in more.items():
            connection.execute(f"create table {name} as {sql}")
    return Build(path)


def customers(**sizes: int) -> list[tuple[str, str, str, float]]:
    """Return customers of the segmentation rules, numbered through the segments."""
    keys = [key for key, size in sizes.items() for _ in range(size)]
    return [(f"k{number:03d}", "rules", key, 10.0) for number, key in enumerate(keys)]


def compare(base: Build, head: Build, **limits: float | None) -> Diff:
    return compare_builds(base, head, Thresholds(**{"min_segment_size": 1, **limits}))


def test_moves_are_counted_with_the_revenue_that_they_carry(tmp_path: Path) -> None:
    rows = customers(a=6, b=4)
    base = write_build(tmp_path / "base.duckdb", rows)
    moved = [("k000", "rules", "b", 50.0), *rows[1:]]
    head = write_build(tmp_path / "head.duckdb", [*moved[:-1], ("new", "rules", "c", 5.0)])
    (one,) = compare(base, head).segmentations
    assert (one.common_count, one.moved_count, one.came_count, one.left_count) == (9, 1, 1, 1)
    assert one.moved_share == pytest.approx(1 / 9)
    assert one.moved_revenue_share == pytest.approx(50 / 130)  # head's, and of nobody's earlier date
    moves = {(flow.from_name, flow.to_name): flow.customer_count for flow in one.flows if flow.is_move}
    assert moves == {("Loyal", "Asleep"): 1}
    assert {segment.key: segment.event for segment in one.segments} == {"a": "kept", "b": "kept", "c": "born"}


def test_a_segment_that_went_into_another_is_merged_and_one_that_scattered_is_gone(tmp_path: Path) -> None:
    base = write_build(tmp_path / "base.duckdb", customers(a=4, b=4, c=4))
    scattered = ["a", "a", "a", "a", "a", "a", "a", "b", "x", "y", "z", "w"]
    rows = [(name, kind, key, paid) for (name, kind, _, paid), key in zip(customers(a=12), scattered, strict=True)]
    (one,) = compare(base, write_build(tmp_path / "head.duckdb", rows)).segmentations
    events = {segment.key: (segment.event, segment.into) for segment in one.segments}
    assert events["c"] == ("gone", None)
    (again,) = compare(base, write_build(tmp_path / "merged.duckdb", customers(a=8, c=4))).segmentations
    assert {segment.key: (segment.event, segment.into) for segment in again.segments}["b"] == ("merged", "a")


def test_clusters_that_only_changed_their_numbers_do_not_move_anybody(tmp_path: Path) -> None:
    def clusters(keys: str) -> list[tuple[str, str, str, float]]:
        return [(f"k{number}", "cluster", f"cluster_{key}", 1.0) for number, key in enumerate(keys)]

    base = write_build(tmp_path / "base.duckdb", clusters("1111222233"))
    (one,) = compare(base, write_build(tmp_path / "head.duckdb", clusters("2222111133"))).segmentations
    assert one.moved_count == 0
    (other,) = compare(base, write_build(tmp_path / "other.duckdb", clusters("2221111133"))).segmentations
    assert other.moved_count == 1


def test_builds_of_one_data_with_one_code_do_not_differ(tmp_path: Path) -> None:
    rows = customers(a=6, b=4)
    base = write_build(tmp_path / "base.duckdb", rows)
    same = compare(base, write_build(tmp_path / "head.duckdb", list(reversed(rows))))
    assert same.is_empty
    assert same.findings == []
    assert not compare(base, write_build(tmp_path / "more.duckdb", [*rows, ("k9", "rules", "a", 1.0)])).is_empty


def test_two_schemas_of_one_database_are_compared(tmp_path: Path) -> None:
    build = write_build(tmp_path / "both.duckdb", customers(a=3))
    with duckdb.connect(str(build.database)) as connection:
        connection.execute("create schema other")
        for table in ("customer_segments", "customer_features", "segments"):
            connection.execute(f"create table other.{table} as from main.{table}")
        connection.execute("update other.customer_segments set segment_key = 'b' where customer_id = 'k000'")
    diff = compare(build, Build(build.database, "other"))
    assert diff.segmentations[0].moved_count == 1


LIMITS = (
    ("diff_max_moved_share", 0.05),
    ("diff_max_moved_revenue_share", 0.05),
    ("diff_max_ended_segments", 0),
    ("diff_max_score_psi", 0.05),
    ("diff_max_feature_psi", 0.05),
    ("diff_min_rank_correlation", 0.95),
    ("diff_max_null_share_rise", 0.01),
)
OFF = dict.fromkeys((name for name, _ in LIMITS), None)


@pytest.mark.parametrize(("name", "limit"), LIMITS)
def test_each_threshold_makes_a_finding_and_null_makes_none(name: str, limit: float, tmp_path: Path) -> None:
    score = "select customer_id, as_of_date, {} as composite_score from customer_features where customer_id <> 'gone'"
    number = "cast(substr(customer_id, 2) as double)"
    base = write_build(tmp_path / "base.duckdb", customers(a=10, b=10, c=1), customer_scores=score.format(number))
    changed = [
        (key, kind, "a" if place in (3, 12, 20) else segment, None if place == 19 else paid * (1 + (place < 15)))
        for place, (key, kind, segment, paid) in enumerate(customers(a=10, b=11))
    ]
    head = write_build(tmp_path / "head.duckdb", changed, customer_scores=score.format(f"abs({number} - 8)"))
    assert compare(base, head, **OFF).findings == []
    assert len(compare(base, head, **OFF | {name: limit}).findings) == 1
    assert compare(base, base, **OFF | {name: limit}).findings == []


def test_a_segment_that_falls_under_the_minimum_is_a_finding_once(tmp_path: Path) -> None:
    base = write_build(tmp_path / "base.duckdb", customers(a=6, b=3))
    head = write_build(tmp_path / "head.duckdb", customers(a=4, b=5))
    assert len(compare(base, head, **OFF, min_segment_size=5).findings) == 1
    assert compare(head, head, **OFF, min_segment_size=5).findings == []  # it was too small before


def test_gates_that_no_longer_hold_are_findings(tmp_path: Path) -> None:
    build = write_build(tmp_path / "build.duckdb", customers(a=3))
    for name, status in (("base", "pass"), ("head", "fail")):
        folder = tmp_path / name
        folder.mkdir()
        node = {"resource_type": "test", "tags": ["gate"], "name": "x", "test_metadata": {"name": "minimum_size"}}
        (folder / "manifest.json").write_text(json.dumps({"nodes": {"test.x": node}}))
        result = {"unique_id": "test.x", "status": status, "failures": 1}
        (folder / "run_results.json").write_text(json.dumps({"results": [result]}))
    diff = compare(Build(build.database, target=tmp_path / "base"), Build(build.database, target=tmp_path / "head"))
    assert [(gate.name, gate.base, gate.head) for gate in diff.gates] == [("minimum_size", "holds", "does not hold")]
    assert len(diff.findings) == 1


def test_stability_index_is_that_of_the_formula() -> None:
    base, head = np.array([50, 30, 20]), np.array([20, 30, 50])
    by_hand = sum((h - b) * np.log(h / b) for b, h in ((0.5, 0.2), (0.3, 0.3), (0.2, 0.5)))
    assert index_of_counts(base, head) == pytest.approx(by_hand)
    numbers = np.random.default_rng(1).normal(size=5000)
    assert stability_index(numbers, numbers) == 0
    assert stability_index(numbers, numbers[::-1].copy()) == 0
    assert stability_index(numbers, numbers + 1) > 0.5
    unknown = np.where(np.arange(5000) % 2 == 0, np.nan, numbers)
    assert stability_index(numbers, unknown) > 0.5  # nulls are a group of their own
    assert stability_index(np.full(9, np.nan), np.full(9, np.nan)) == 0
    assert np.isnan(stability_index(numbers, np.empty(0)))


def test_texts_of_the_data_are_no_markup(tmp_path: Path) -> None:
    """A name of a segment cannot end its table, close the fold, call somebody or run a script."""
    nasty = "</details>|<script>alert(1)</script>\n@all [x](y) `z` ![i](http://a.b)"
    base = write_build(tmp_path / "base.duckdb", customers(a=3, b=3))
    head = write_build(tmp_path / "head.duckdb", customers(a=2, b=4))
    for build in (base, head):
        with duckdb.connect(str(build.database)) as connection:
            connection.execute("update segments set segment_name = ? where segment_key = 'a'", [nasty])
    diff = compare(base, head)
    text = render_markdown(diff)
    assert text.count("</details>") == text.count("<details>") > 0
    for sign in ("<script", "@all", "](", "`z`"):
        assert sign not in text
    widths = {line.count("|") for line in text.splitlines() if line.startswith("| ")}
    assert widths <= {9, 5}  # eight columns, or four

    class Scripts(HTMLParser):
        count = 0

        def handle_starttag(self, tag: str, attributes: list) -> None:
            self.count += tag == "script"

    counts = []
    for page in (diff_page(diff), diff_page(compare(base, base))):
        parser = Scripts()
        parser.feed(render_page(page))
        counts.append(parser.count)
    assert counts[0] == counts[1]


def test_a_comment_keeps_the_limit_and_its_summary(tmp_path: Path) -> None:
    builds = [
        write_build(
            tmp_path / f"{period}.duckdb",
            [(f"k{n}", f"rules_{kind}", f"s{n % period}", 1.0) for kind in range(4) for n in range(200)],
        )
        for period in (40, 37)
    ]
    diff = compare(*builds)
    whole, short = render_markdown(diff), render_markdown(diff, limit=4000)
    assert len(short) <= 4000 < len(whole)
    summary = whole[: whole.index("<details>")].strip()
    assert short.startswith(summary)
    assert "--format html" in short


def test_errors_say_what_to_do(tmp_path: Path) -> None:
    build = write_build(tmp_path / "build.duckdb", customers(a=3), pseudonym_key="select 'x' as fingerprint")
    other = write_build(tmp_path / "other.duckdb", customers(a=3), pseudonym_key="select 'y' as fingerprint")
    empty = Build(tmp_path / "empty.duckdb")
    duckdb.connect(str(empty.database)).close()
    with pytest.raises(FileNotFoundError, match=r"nowhere.*head"):
        compare(build, Build(tmp_path / "nowhere.duckdb"))
    with pytest.raises(FileNotFoundError, match=r"segments.*dbt build"):
        compare(empty, build)
    with pytest.raises(RuntimeError, match="STRATE_PSEUDONYM_KEY"):
        compare(build, other)


def test_thresholds_come_from_the_vars_of_a_project(tmp_path: Path) -> None:
    file = tmp_path / "dbt_project.yml"
    file.write_text("vars: {min_segment_size: 7, strate: {diff_max_moved_share: 0.3, diff_max_score_psi: null}}")
    found = Thresholds.of_project(tmp_path, "{diff_max_ended_segments: 2}")
    assert found == Thresholds(7, 0.3, diff_max_ended_segments=2, diff_max_score_psi=None)
    with pytest.raises(ValueError, match="diff_max_moved_share"):
        Thresholds.of_project(tmp_path, "{diff_max_moved_share: much}")
    with pytest.raises(ValueError, match="min_segment_size"):
        Thresholds.of_project(tmp_path, "{min_segment_size: null}")
    with pytest.raises(FileNotFoundError, match="--project"):
        Thresholds.of_project(tmp_path / "nowhere")


def test_defaults_are_those_of_the_project() -> None:
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"]
    assert {name for name in declared if name.startswith("diff_")} == {name for name, _ in LIMITS}
    assert Thresholds.of_project(PROJECT) == Thresholds()


@pytest.mark.parametrize("file_format", ["markdown", "json", "html"])
def test_the_exit_code_is_the_verdict(file_format: str, tmp_path: Path) -> None:
    base = write_build(tmp_path / "base.duckdb", customers(a=6, b=4))
    head = write_build(tmp_path / "head.duckdb", customers(a=2, b=8))
    command = ["diff", str(base.database), "--project", str(PROJECT), "--vars", "{min_segment_size: 1}"]
    out = tmp_path / "diff"
    done = CliRunner().invoke(app, [*command, str(head.database), "--format", file_format, "--out", str(out)])
    assert done.exit_code == 1
    assert out.stat().st_size > 0
    assert CliRunner().invoke(app, [*command, str(base.database)]).exit_code == 0
    assert CliRunner().invoke(app, [*command, str(tmp_path / "nowhere")]).exit_code == 2
    if file_format == "json":
        content = json.loads(out.read_text())
        assert content["segmentations"][0]["moved_share"] == pytest.approx(0.4)
        assert content["findings"]


@pytest.mark.build
def test_a_changed_rule_moves_exactly_whom_it_says(demo: Project, tmp_path: Path) -> None:
    head = Project(tmp_path)
    shutil.copy(demo.database, head.database)
    limits = {"lifecycle_new_days": 40, "lifecycle_active_days": 60}
    chain = ["int_segments__lifecycle", "int_segments__memberships", "customer_segments", "segments"]
    run = head.dbt("run", "--select", *chain, variables=limits)
    assert run.returncode == 0, run.output[-3000:]
    diff = compare(Build(demo.database), Build(head.database))
    expected = demo.query(
        """
        select count(*) as n
        from customer_segments inner join customer_features using (customer_id, as_of_date)
        where
            (segment_key = 'lifecycle_new' and days_since_first_order > 40)
            or (segment_key = 'lifecycle_active' and recency_days > 60)
            or (segment_key = 'lifecycle_reactivated' and recency_days > 60)
        """
    )["n"][0]
    moved = {one.name: one.moved_count for one in diff.segmentations}
    assert moved.pop("lifecycle") == expected > 0
    moved.pop("value_by_lifecycle")  # a cross of it moves with it
    assert set(moved.values()) == {0}
    assert not any(one.is_changed for one in [*diff.quality, *diff.features, *diff.scores])
