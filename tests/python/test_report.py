"""The report: its figures, its degenerate cases, and what a real browser makes of it."""

import hashlib
import importlib.util
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pytest
from sklearn.decomposition import PCA
from typer.testing import CliRunner

from browsers import launched
from report_marts import customers_table, write_evidence, write_marts, write_scores
from strate.cli import app
from strate.clustering import fit_clustering, load_clustering
from strate.report import write_report
from strate.report.neighbour_map import draw_map
from strate.report.numbers import percent, signed
from strate.report.projection import project
from strate.report.read import read_facts
from strate.report.sections import Section, build_sections

from conftest import Project

HOSTILE = "</script><script>window.attacked = 1</script><img src=x onerror='window.attacked = 1'> & \"Co\" <!--"


class Page(HTMLParser):
    """The elements of a page, as a browser without scripts sees them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, str] = {}
        self._script: str | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._script = dict(attrs).get("id") if tag == "script" else None

    def handle_data(self, data: str) -> None:
        if self._script:
            self.texts[self._script] = self.texts.get(self._script, "") + data

    def specs(self) -> dict[str, Any]:
        """Return the charts by the id of their place."""
        return json.loads(self.texts["specs"])


def report_of(database: Path, folder: Path, target: Path | None = None) -> str:
    """Write the report of a database and return its text."""
    out = folder / "report.html"
    write_report(database, "main", target or folder / "no_target", out)
    return out.read_text()


def sections_of(database: Path, map_method: str | None = None) -> dict[str, Section]:
    """Return the sections of a database's report by their id."""
    facts = read_facts(database, "main", database.parent / "no_target", map_method)
    return {section.id: section for section in build_sections(facts)}


def rows_of(spec: dict[str, Any], column: str) -> list[dict[str, Any]]:
    """Return the rows of a chart's only data that has a column."""
    [rows] = [rows for rows in spec["datasets"].values() if column in rows[0]]
    return rows


def digest(text: str) -> str:
    """Return a hash of a text: pytest takes long to show how two megabytes differ."""
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture(scope="session")
def hand_made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of marts made by hand, in which every text of the user is hostile."""
    folder = tmp_path_factory.mktemp("report")
    write_evidence(write_marts(folder / "marts.duckdb", customers_table(90), name=HOSTILE), text=HOSTILE)
    write_scores(folder / "marts.duckdb", text=HOSTILE)
    report_of(folder / "marts.duckdb", folder)
    return folder / "report.html"


@pytest.fixture(scope="module")
def demo_report(demo: Project) -> Path:
    out = demo.folder / "report.html"
    write_report(demo.database, "main", demo.folder / "target", out)
    return out


# Figures -------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "text"),
    [(0, "0 %"), (0.0004, "< 0.1 %"), (0.004, "0.4 %"), (0.118, "12 %"), (0.9999, "> 99.9 %"), (1, "100 %")],
)
def test_a_share_is_never_rounded_to_nothing_or_all(share: float, text: str) -> None:
    assert percent(share).replace("\N{NO-BREAK SPACE}", " ") == text


@pytest.mark.parametrize(("number", "text"), [(1.26, "+1.3"), (-1.26, "−1.3"), (-0.04, "0.0")])  # noqa: RUF001
def test_a_signed_number_has_no_minus_zero(number: float, text: str) -> None:
    assert signed(number) == text


@pytest.mark.parametrize("pca_components", [0, 3])
def test_the_picture_is_the_pca_of_the_clustering_s_own_space(pca_components: int) -> None:
    random = np.random.RandomState(1)
    frame = pd.DataFrame(random.lognormal(size=(300, 4)), columns=list("abcd"))
    frame["a"] += 50 * (frame.index % 2)
    artifacts = fit_clustering(
        frame.assign(customer_id=frame.index.astype(str)), features=list("abcd"), pca_components=pca_components
    )
    clustering = load_clustering(artifacts)
    clusters = clustering.predict(frame)
    keys = {int(cluster): f"cluster_{9 - cluster}" for cluster in clusters.unique()}
    found = project(clustering, frame.assign(segment_key=clusters.map(keys)), keys)

    X = clustering.transformer.transform(frame)
    expected = PCA(n_components=2).fit(X)
    points = np.array([point[1:] for point in found.points])
    assert np.abs(points) == pytest.approx(np.abs(expected.transform(X)), abs=1e-3)
    assert [axis.share for axis in found.axes] == pytest.approx(expected.explained_variance_ratio_, abs=1e-6)
    for key, x, y in found.centres:
        assert points[[point[0] == key for point in found.points]].mean(axis=0) == pytest.approx([x, y], abs=0.01)


def test_one_feature_has_one_axis(tmp_path: Path) -> None:
    write_marts(tmp_path / "marts.duckdb", customers_table(90), features=("session_count",))
    [spec] = [
        spec for name, spec in Page(report_of(tmp_path / "marts.duckdb", tmp_path)).specs().items() if "pict" in name
    ]
    assert [spec["layer"][0]["encoding"][axis]["axis"] is not None for axis in "xy"] == [True, False]


def test_a_card_has_all_that_the_mart_tells(tmp_path: Path) -> None:
    write_evidence(write_marts(tmp_path / "marts.duckdb", customers_table(90)), text="orders 9 above 3 %")
    figures = sections_of(tmp_path / "marts.duckdb")["cards"].figures
    assert [len(figure.panels) for figure in figures] == [2, 2, 2, 2]
    [panel] = [panel for panel in figures[1].panels if panel.key.mark == "2"]
    assert panel.lists == [
        ("Stands out by", ["orders 9 above 3\N{NO-BREAK SPACE}%", "and more (\N{MINUS SIGN}1.2\N{NO-BREAK SPACE}sd)"]),
        ("Rule", ["orders 9 above 3 % and b at most 3", "or c unknown and (d above 1 or d unknown)"]),
        (
            "Worth of the rule",
            [f"{percent(0.91)} of those under the rule are in the cluster; it finds {percent(0.82)} of the cluster"],
        ),
        ("A typical member", ["orders 3 · orders 9 above 3\N{NO-BREAK SPACE}%"]),
    ]
    assert percent(0.87) in figures[1].finding
    assert "Worth of the rule" not in dict(figures[0].panels[0].lists)


def test_the_cut_of_a_dendrogram_crosses_one_line_per_cluster(tmp_path: Path) -> None:
    write_evidence(write_marts(tmp_path / "marts.duckdb", customers_table(90)), leaves=20)
    [figure] = [one for one in sections_of(tmp_path / "marts.duckdb")["evidence"].figures if one.title == "Dendrogram"]
    corners = pd.DataFrame(rows_of(figure.spec, "merge")).sort_values(["merge", "order"])
    merges = [group[["x", "y"]].to_numpy() for _, group in corners.groupby("merge")]
    assert len(merges) == 19
    [level] = rows_of(figure.spec, "level")
    legs = [(merge[i], merge[j]) for merge in merges for i, j in ((0, 1), (3, 2))]
    assert all(low[0] == high[0] and low[1] <= high[1] for low, high in legs)
    assert sum(low[1] < level["level"] < high[1] for low, high in legs) == 3
    # Each leg stands on the ground or on the middle of a merge, and no two on the same place.
    feet = [tuple(low) for low, _ in legs]
    tops = {(float((merge[1][0] + merge[2][0]) / 2), float(merge[1][1])) for merge in merges}
    assert len(set(feet)) == len(feet)
    assert all(y == 0 or any((x, y) == pytest.approx(top, abs=1e-4) for top in tops) for x, y in feet)


def test_bands_fill_their_segments(tmp_path: Path) -> None:
    write_evidence(write_marts(tmp_path / "marts.duckdb", customers_table(90)))
    for figure in sections_of(tmp_path / "marts.duckdb")["moves"].figures:
        bands = pd.DataFrame(rows_of(figure.spec, "band"))
        labels = [row for rows in figure.spec["datasets"].values() for row in rows if "text" in row]
        for x, side in ((0, "from"), (1, "to")):
            ends = bands[bands["x"] == x].sort_values("low")
            assert (ends["high"].to_numpy()[:-1] <= ends["low"].to_numpy()[1:] + 0.02).all(), side
            told = sum(int(row["text"].rsplit(" ", 1)[1].replace(",", "")) for row in labels if row["x"] == x)
            assert told == pytest.approx((ends["high"] - ends["low"]).sum(), abs=0.1)
        assert figure.table.rows[0][2] >= figure.table.rows[-1][2]
        assert "30 September 2025 to 31 December 2025" in figure.finding


def test_labels_of_small_segments_do_not_overlap(tmp_path: Path) -> None:
    write_evidence(write_marts(tmp_path / "marts.duckdb", customers_table(90)))
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as connection:
        connection.execute(
            """
            create or replace table segment_transitions as
            select
                'rfm' as segmentation, date '2025-09-30' as from_date, date '2025-12-31' as to_date,
                'rfm_' || i as from_segment_key, 'rfm_' || i as to_segment_key, if(i = 3, 10000, 1) as customer_count
            from range(12) as numbers (i)
            """
        )
    [figure] = sections_of(tmp_path / "marts.duckdb")["moves"].figures
    full = figure.spec["layer"][0]["encoding"]["y"]["scale"]["domain"][1]
    for x in (0, 1):
        places = [
            row["y"] for rows in figure.spec["datasets"].values() for row in rows if "text" in row and row["x"] == x
        ]
        assert len(places) == 12
        assert (np.diff(places) * figure.spec["height"] / full >= 14).all()
        assert 0 <= min(places) < max(places) <= full
    assert "nobody moved" in figure.finding


def test_all_candidates_are_told_and_the_chosen_one_is_first(tmp_path: Path) -> None:
    write_evidence(write_marts(tmp_path / "marts.duckdb", customers_table(90)))
    section = sections_of(tmp_path / "marts.duckdb")["number-of-clusters"]
    assert any("medium" in note for note in section.notes)
    *charts, figure = section.figures
    rows = [dict(zip(figure.table.headers, row, strict=True)) for row in figure.table.rows]
    assert [row["algorithm"] for row in rows] == ["K-means", "K-means", "K-means", "DBSCAN"]
    assert [row["chosen"] for row in rows] == ["yes", "", "", ""]
    assert (rows[0]["stability"], rows[0]["p"], rows[3]["in no cluster"]) == ("0.900", "0.010", percent(0.1))
    points = rows_of(charts[0].spec, "is_on_line")
    assert [point["tip"].split(",")[0] for point in points if not point["is_on_line"]] == ["DBSCAN"]


def test_what_was_not_measured_is_said(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "marts.duckdb", customers_table(90))
    sections = sections_of(database)
    assert sections["cards"].notes == ["The table segment_cards is not there."]
    assert sections["moves"].notes == ["The table segment_transitions is not there."]
    assert len(sections["evidence"].notes) == 2
    write_evidence(database)
    with duckdb.connect(str(database)) as connection:
        connection.execute("delete from segment_transitions where from_date is not null")
        connection.execute("delete from clustering_fit where record_type = 'merge_tree'")
    sections = sections_of(database)
    assert "no date before" in sections["moves"].notes[0]
    assert [figure.title for figure in sections["evidence"].figures] == ["Stability", "Distance to neighbours"]
    assert len(sections["evidence"].notes) == 1


def test_scores_are_shown_with_what_they_did(tmp_path: Path) -> None:
    write_scores(write_marts(tmp_path / "marts.duckdb", customers_table(90)))
    section = sections_of(tmp_path / "marts.duckdb")["scores"]
    assert [note.split(":")[0] for note in section.notes] == ["Click"]
    methods, lift, calibration, *composites = section.figures
    assert [row[1:] for row in methods.table.rows] == [
        ("Logistic regression", "2025-10-02", percent(0.3), "0.80", "0.60", percent(0.05)),
        ("Past rate", *["\N{EM DASH}"] * 5),
    ]
    points = pd.DataFrame(rows_of(lift.spec, "method"))
    champion, baseline = (points[points["method"] == name] for name in ("Logistic regression", "Past rate"))
    assert champion["y"].tolist() == pytest.approx([1 - (1 - place / 10) ** 2 for place in range(11)])
    assert baseline["y"].tolist() == pytest.approx([place / 10 for place in range(11)])
    assert lift.table.rows[0] == (percent(0.1), percent(0.19))
    assert percent(0.5) in calibration.finding
    assert percent(0.1) in calibration.finding
    assert [row["y"] for row in rows_of(calibration.spec, "tip")] == [*(n / 20 for n in range(1, 10)), 0.1]
    spans = rows_of(composites[0].spec, "middle")
    assert len(spans) == 2
    assert all(row["low"] <= row["middle"] <= row["high"] for row in spans)
    with duckdb.connect(str(tmp_path / "marts.duckdb")) as connection:
        connection.execute("drop table customer_scores")
    assert sections_of(tmp_path / "marts.duckdb")["scores"].figures == ()


def test_a_feature_of_levels_can_be_pictured(tmp_path: Path) -> None:
    """The columns of a nominal feature stand in the clustering's sample only."""
    customers = customers_table(90)
    customers = customers.assign(gender_is_female=(customers.index % 2).astype(float))
    write_marts(tmp_path / "marts.duckdb", customers, features=("order_count", "gender_is_female"))
    assert sections_of(tmp_path / "marts.duckdb")["picture"].figures


def test_a_map_of_neighbours_is_drawn_where_asked_for(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "marts.duckdb", customers_table(2400), features=("order_count", "session_count"))
    with duckdb.connect(str(database)) as connection:  # few enough to be quick
        connection.execute("delete from int_segments__clustering_sample where customer_id > 'customer-00120'")
    plain, figure = sections_of(database, "tsne")["picture"].figures
    [again] = sections_of(database, "tsne")["picture"].figures[1:]
    assert figure == again
    points, centres = rows_of(figure.spec, "customers"), rows_of(figure.spec, "ink")
    assert sum(point["customers"] for point in points) == 121
    assert len(centres) == len(rows_of(plain.spec, "ink"))
    assert {centre["colour"] for centre in centres} == {point["colour"] for point in points}


def test_neighbours_of_a_map_are_alike() -> None:
    random = np.random.RandomState(1)
    frame = pd.DataFrame(random.normal(size=(150, 3)) + 9 * (np.arange(150) % 3)[:, None], columns=list("abc"))
    artifacts = fit_clustering(
        frame.assign(customer_id=frame.index.astype(str)), features=list("abc"), transform="none"
    )
    clustering = load_clustering(artifacts)
    found = draw_map(clustering, frame.assign(segment_key="cluster_" + (np.arange(150) % 3).astype(str)), {}, "tsne")
    places = np.array([point[1:] for point in found.points])
    apart = np.linalg.norm(places[:, None] - places, axis=2) + 1e9 * np.eye(150)
    assert (apart.argmin(axis=1) % 3 == np.arange(150) % 3).all()
    assert draw_map(clustering, frame.head(5).assign(segment_key="cluster_1"), {}, "tsne") is None


@pytest.mark.skipif(importlib.util.find_spec("umap") is not None, reason="umap-learn is installed")
def test_a_map_without_its_library_or_name_says_what_to_do(tmp_path: Path) -> None:
    database = write_marts(tmp_path / "marts.duckdb", customers_table(90))
    for method, named in (("umap", "strate[umap]"), ("pca", "tsne, umap")):
        arguments = ["report", "--database", str(database), "--out", str(tmp_path / "r.html"), "--map", method]
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 2, result.output
        assert named in result.output
    assert not (tmp_path / "r.html").exists()


@pytest.mark.build
def test_shares_of_revenue_are_those_of_the_marts(demo: Project, demo_report: Path) -> None:
    expected = demo.query(
        """
        select
            segment_name as label,
            count(*) / sum(count(*)) over () as "first",
            coalesce(sum(greatest(revenue, 0)), 0) / sum(sum(greatest(revenue, 0))) over () as "second"
        from customer_segments
        inner join customer_features using (customer_id, as_of_date)
        inner join segments using (segmentation, segment_key)
        where segmentation = 'rfm'
        group by segment_name
        """
    ).set_index("label")
    specs = Page(demo_report.read_text()).specs()
    [rows] = [
        rows
        for spec in specs.values()
        for rows in spec.get("datasets", {}).values()
        if {row.get("label") for row in rows} == set(expected.index) and "second" in rows[0]
    ]
    found = pd.DataFrame(rows).set_index("label")[["first", "second"]]
    pd.testing.assert_frame_equal(found.sort_index(), expected.sort_index(), check_exact=False, atol=1e-6)


# The file ------------------------------------------------------------------------------------------------------------


def test_same_marts_same_bytes(tmp_path: Path) -> None:
    """Neither the order of rows, nor the process, nor its hashes show."""
    customers = customers_table(90)
    write_marts(tmp_path / "marts.duckdb", customers)
    write_marts(tmp_path / "shuffled.duckdb", customers.sample(frac=1, random_state=1).reset_index(drop=True))
    first = digest(report_of(tmp_path / "marts.duckdb", tmp_path))
    assert digest(report_of(tmp_path / "shuffled.duckdb", tmp_path)) == first
    command = [str(Path(sys.executable).with_name("strate")), "report", "--database", str(tmp_path / "marts.duckdb")]
    subprocess.run(
        [*command, "--out", str(tmp_path / "again.html"), "--target", str(tmp_path)],
        check=True,
        env=os.environ | {"PYTHONHASHSEED": "12"},
    )
    assert digest((tmp_path / "again.html").read_text()) == first


def test_texts_of_the_user_stay_texts(hand_made: Path) -> None:
    page = Page(hand_made.read_text())
    tags = [tag for tag, _ in page.elements]
    assert "img" not in tags
    assert tags.count("script") == 4  # two of data, the library, the page's own
    assert HOSTILE in json.dumps(page.specs(), ensure_ascii=False).replace('\\"', '"')


def test_nothing_leads_out_of_the_file(hand_made: Path) -> None:
    page = Page(hand_made.read_text())
    addresses = [
        value
        for _, attributes in page.elements
        for name, value in attributes.items()
        if name in ("src", "href", "action")
    ]
    assert [address for address in addresses if not address.startswith(("#", "data:"))] == []
    assert "http" not in page.texts["specs"] + page.texts["config"]


@pytest.mark.build
def test_nobody_is_named(demo: Project, demo_report: Path) -> None:
    text = demo_report.read_text()
    people = demo.query("select customer_id, email, phone from customers_private")
    values = [value for column in people for value in people[column].dropna()]
    assert len(values) > 4000
    assert [value for value in values if value in text] == []
    names = demo.query("select distinct first_name || ' ' || last_name as name from customers_private")["name"].dropna()
    assert [name for name in names if name in text] == []


@pytest.mark.build
def test_the_file_can_be_sent_by_mail(demo_report: Path) -> None:
    assert demo_report.stat().st_size < 2_000_000


# Degenerate builds and errors ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("customers", "features", "charts", "named"),
    [
        (customers_table(0), ("order_count",), set(), "no_rows"),
        (customers_table(1), ("order_count",), {"sizes"}, "too_few_distinct_rows"),
        (
            customers_table(30, is_alike=True),
            ("order_count",),
            {"sizes", "value", "lifecycle"},
            "too_few_distinct_rows",
        ),
        (customers_table(30, has_orders=False), ("order_count",), set(), "no_usable_features"),
        (
            customers_table(30, has_orders=False),
            ("session_count",),
            {"sizes", "profiles", "number-of-clusters", "picture"},
            None,
        ),
    ],
    ids=["nobody", "one customer", "all alike", "no feature", "no orders"],
)
def test_degenerate_builds_are_named(
    customers: pd.DataFrame, features: tuple[str, ...], charts: set[str], named: str | None, tmp_path: Path
) -> None:
    write_marts(tmp_path / "marts.duckdb", customers, features)
    text = report_of(tmp_path / "marts.duckdb", tmp_path)
    assert {name.rsplit("-", 1)[0] for name in Page(text).specs()} == charts
    assert named is None or f"({named})" in text
    sections = re.findall(r'<section id="([\w-]+)".*?</section>', text, flags=re.S)
    for section, body in zip(sections, re.findall(r"<section .*?</section>", text, flags=re.S), strict=True):
        assert section in charts or 'class="note"' in body or "<table>" in body, section


@pytest.mark.parametrize(("status", "look"), [("pass", "good"), ("warn", "fair"), ("fail", "bad"), (None, "unknown")])
def test_the_outcome_of_the_gates_is_told(status: str | None, look: str, tmp_path: Path) -> None:
    write_marts(tmp_path / "marts.duckdb", customers_table(9))
    if status:
        node = {"resource_type": "test", "tags": ["gate"], "name": "assert_all_is_well"}
        (tmp_path / "manifest.json").write_text(json.dumps({"nodes": {"test.x": node}}))
        result = {"unique_id": "test.x", "status": status, "failures": 0}
        (tmp_path / "run_results.json").write_text(json.dumps({"results": [result]}))
    page = Page(report_of(tmp_path / "marts.duckdb", tmp_path, target=tmp_path))
    assert [
        attributes["class"] for tag, attributes in page.elements if "verdict" in (attributes.get("class") or "")
    ] == [f"verdict {look}"]


def test_errors_name_the_mend(tmp_path: Path) -> None:
    def run(*arguments: str) -> str:
        result = CliRunner().invoke(app, ["report", *arguments])
        assert result.exit_code == 2, result.output
        return result.output

    database = tmp_path / "marts.duckdb"
    assert "dbt build" in run("--database", str(database))
    with duckdb.connect(str(database)) as connection:
        connection.execute("create table segments as select 1 as x")
    assert "main.customer_segments" in run("--database", str(database))
    (tmp_path / "text.duckdb").write_text("this is no database, and long enough to be read as the head of one")
    assert "text.duckdb" in run("--database", str(tmp_path / "text.duckdb"))
    database.unlink()
    write_marts(database, customers_table(9))
    assert "folder" in run("--database", str(database), "--out", str(tmp_path))
    assert "no_such" in run("--database", str(database), "--out", str(tmp_path / "no_such" / "report.html"))


@pytest.mark.parametrize("command", ["report", "summary"])
def test_a_running_build_is_named(command: str, tmp_path: Path) -> None:
    database = write_marts(tmp_path / "marts.duckdb", customers_table(9))
    with duckdb.connect(str(database)):
        result = subprocess.run(
            [str(Path(sys.executable).with_name("strate")), command, "--database", str(database)],
            cwd=tmp_path,
            capture_output=True,
            text=True,
        )
    assert result.returncode == 2
    assert "another process" in result.stderr
    assert not (tmp_path / "strate_report.html").exists()


# In a browser --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Debian's Chromium."""
    with launched("the report") as running:
        yield running


class Opened:
    """A page in the browser, without a network, and what happened while it was opened."""

    def __init__(self, browser: Any, path: Path, width: int) -> None:
        self.context = browser.new_context(viewport={"width": width, "height": 900}, offline=True)
        self.page = self.context.new_page()
        self.requests: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self.requests.append(request.url))
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.goto(path.as_uri())
        self.page.wait_for_selector("body[data-charts]", timeout=60_000)

    def __enter__(self) -> "Opened":
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()


def look(opened: Opened, path: Path) -> None:
    """Demand that a page asks for nothing, complains of nothing, shows every chart, and fits its window."""
    page = opened.page
    assert page.get_attribute("body", "data-charts") == "drawn"
    assert opened.requests == [path.as_uri()]
    assert opened.complaints == []
    charts = page.evaluate(
        """
        () => [...document.querySelectorAll(".chart")].map((place) => {
          const svg = place.querySelector("svg");
          const box = svg ? svg.getBoundingClientRect() : {width: 0, height: 0};
          const drawn = svg ? svg.querySelectorAll(".role-mark path, .role-mark line, .role-mark text").length : 0;
          return {id: place.id, width: box.width, height: box.height, room: place.clientWidth, drawn};
        })
        """
    )
    assert {chart["id"] for chart in charts} == set(Page(path.read_text()).specs())
    for chart in charts:
        assert chart["drawn"] > 0, chart
        assert chart["height"] > 40, chart
        assert chart["room"] * 0.9 <= chart["width"] <= chart["room"], chart
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.build
@pytest.mark.parametrize("width", [1280, 400])
def test_a_browser_shows_the_demo(browser: Any, demo_report: Path, width: int) -> None:
    with Opened(browser, demo_report, width) as opened:
        look(opened, demo_report)
        opened.page.set_viewport_size({"width": 1680 - width, "height": 900})
        opened.page.wait_for_timeout(500)
        look(opened, demo_report)
        ids = set(Page(demo_report.read_text()).specs())
        for section in ("sizes", "profiles", "value", "lifecycle", "number-of-clusters", "picture"):
            assert any(name.startswith(section) for name in ids), section


def test_a_browser_runs_nothing_of_the_user(browser: Any, hand_made: Path) -> None:
    with Opened(browser, hand_made, 1280) as opened:
        look(opened, hand_made)
        opened.page.locator("#sizes-1 .role-mark path").first.hover()
        tooltip = opened.page.locator("#vg-tooltip-element.visible")
        tooltip.wait_for()
        assert HOSTILE in tooltip.inner_text()
        assert opened.page.evaluate("window.attacked") is None
        assert opened.complaints == []


def test_tabs_choose_a_heat_map_and_paper_has_them_all(browser: Any, hand_made: Path) -> None:
    with Opened(browser, hand_made, 1280) as opened:
        page = opened.page
        charts, tabs = page.locator("#profiles .chart svg"), page.locator("#profiles [role=tab]")

        def shown() -> list[bool]:
            return [charts.nth(number).is_visible() for number in range(charts.count())]

        assert shown() == [True, False, False, False]
        tabs.nth(1).click()
        assert shown() == [False, True, False, False]
        assert charts.nth(1).bounding_box()["width"] > 800
        page.keyboard.press("ArrowRight")
        assert shown() == [False, False, True, False]
        assert [tabs.nth(number).get_attribute("aria-selected") for number in range(4)].count("true") == 1
        page.emulate_media(media="print")
        assert shown() == [True] * 4
