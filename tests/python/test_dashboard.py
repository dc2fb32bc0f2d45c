"""The dashboard: what its queries answer, who is let in, and what a real browser makes of it."""

import csv
import io
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from published import RENAMED, give_past, publish
from strate.dashboard import charts, look
from strate.dashboard.frame import age
from strate.dashboard.publication import PublicationError, open_publication
from strate.dashboard.queries.members import PAGE_ROWS, members
from strate.dashboard.queries.moves import balance, causes
from strate.dashboard.queries.performance import known_indicators, series
from strate.dashboard.queries.runs import latest_inputs, missing, runs
from strate.dashboard.queries.scores import distribution, known_scores, reasons
from strate.dashboard.show import as_csv
from strate.dashboard.values import change, shown
from strate.dashboard.views.alerts import verdict
from strate.report.numbers import short

from conftest import Project

OPENING = "import sys; from strate.dashboard.publication import *; open_publication(Path(sys.argv[1]))"
pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def published(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, published, with a past."""
    return give_past(publish(demo, tmp_path_factory.mktemp("published") / "strate_public.duckdb"))


@pytest.fixture(scope="module")
def connection(published: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """What the pages ask."""
    publication = open_publication(published)
    yield publication.cursor()
    publication.connection.close()


# Queries -------------------------------------------------------------------------------------------------------------


def test_weeks_are_made_of_sums(connection: duckdb.DuckDBPyConnection) -> None:
    """From Monday 6 October to Sunday 28 December: what begins before or ends after is no whole week."""
    orders = series(connection, "rfm", "rfm_champions", "order_count", "week").set_index("period")["value"]
    assert [str(day.date()) for day in (orders.index[0], orders.index[-1])] == ["2025-10-06", "2025-12-22"]
    assert orders.iloc[0] == sum(range(6, 13))
    everybody = series(connection, "rfm", None, "order_count", "week")["value"]
    segment_count = connection.execute("select count(*) from segments where segmentation = 'rfm'").fetchall()[0][0]
    assert everybody.iloc[0] == segment_count * orders.iloc[0]
    months = series(connection, "rfm", None, "order_count", "month")
    assert len(months) == 3
    assert series(connection, "rfm", "rfm_champions", "average_order_value", "month")["value"].tolist() == [10] * 3
    members_ = series(connection, "rfm", "rfm_champions", "customer_count", "week")["value"]
    assert members_.diff().dropna().tolist() == [7] * 11


def test_messages_that_are_not_judged_yet_lower_no_rate(connection: duckdb.DuckDBPyConnection) -> None:
    rates = series(connection, "rfm", "rfm_champions", "open_rate", "day")["value"]
    assert rates.iloc[-3:].isna().all()
    month = series(connection, "rfm", "rfm_champions", "open_rate", "month")["value"]
    assert month.tolist() == pytest.approx([0.1] * 3)


def test_what_is_not_known_is_not_offered(connection: duckdb.DuckDBPyConnection) -> None:
    offered = known_indicators(connection)
    assert "revenue" in offered
    assert "feedback_score" not in offered


@pytest.mark.parametrize("is_ascending", [False, True])
def test_pages_hold_every_member_once_in_order(connection: duckdb.DuckDBPyConnection, is_ascending: bool) -> None:
    expected = connection.execute(
        "select customer_id from customer_segments where segment_key = 'rfm_never_bought'"
    ).fetchall()
    pages = -(-len(expected) // PAGE_ROWS)
    features = ("average_order_value", "session_count")
    frames = [
        members(connection, "rfm", "rfm_never_bought", features, "session_count", is_ascending, page)
        for page in range(1, pages + 1)
    ]
    assert max(len(frame) for frame in frames) == PAGE_ROWS
    found = pd.concat(frames)
    assert sorted(found["customer_id"]) == sorted(customer for (customer,) in expected)
    known = found["session_count"].dropna()
    assert known.is_monotonic_increasing if is_ascending else known.is_monotonic_decreasing
    assert found["session_count"].isna().to_numpy()[: len(known)].sum() == 0
    with pytest.raises(ValueError, match="sort must be"):
        members(connection, "rfm", "rfm_never_bought", features, "revenue; drop table segments", True, 1)


def test_who_came_and_went_adds_up(connection: duckdb.DuckDBPyConnection) -> None:
    frame = balance(connection, "rfm", date(2025, 12, 31))
    assert (frame["before"] + frame["came"] - frame["went"] == frame["after"]).all()
    sizes = dict(connection.execute("select segment_key, customer_count from segments").fetchall())
    assert {row.segment_key: row.after for row in frame.itertuples() if row.after} == {
        key: size for key, size in sizes.items() if key.startswith("rfm_")
    }
    assert frame["came"].sum() > frame["went"].sum() > 0
    found = causes(connection, "rfm", date(2025, 12, 31), "rfm_champions", RENAMED)
    assert found[["cause", "measure", "value_then", "value_now"]].to_numpy().tolist() == [
        ["customer", "recency_days", 10, 100]
    ]
    assert (found["rose"] == found["customer_count"]).all()
    assert causes(connection, "rfm", date(2025, 12, 31), RENAMED, None).empty


def test_everybody_is_in_one_bin(connection: duckdb.DuckDBPyConnection) -> None:
    for score in known_scores(connection):
        bins, facts = distribution(connection, score)
        assert bins["customer_count"].sum() == facts["count"] > 0, score
        assert (bins["high"] > bins["low"]).all()
        assert reasons(connection, score)["first_count"].sum() <= facts["count"], score


def test_the_copy_tells_its_currency(published: Path) -> None:
    publication = open_publication(published)
    assert publication.currency == "EUR"
    publication.connection.close()


def test_what_runs_wrote_is_told(connection: duckdb.DuckDBPyConnection) -> None:
    found = runs(connection, True)
    assert found["outcome"].tolist() == ["succeeded"]
    assert found.loc[0, "made"] > 50
    inputs = latest_inputs(connection)
    assert len(inputs) == 9
    assert inputs["latest_event_at"].notna().all()
    assert inputs["rows_before"].isna().all()
    gaps = missing(connection)
    assert gaps["missing_share"].between(0, 1).all()
    assert gaps["missing_share"].is_monotonic_decreasing
    assert set(gaps["depends_on_group"].dropna()) == {True, False}


# The copy ------------------------------------------------------------------------------------------------------------


def test_a_new_copy_is_read_while_the_old_one_is(tmp_path: Path) -> None:
    path = tmp_path / "public.duckdb"
    found = []
    for number in (1, 2):
        other = tmp_path / "other.duckdb"
        _small_copy(other, number)
        other.replace(path)
        found.append(open_publication(path))
    assert found[0].key != found[1].key
    assert [one.cursor().execute("select a from t").fetchall() for one in found] == [[(1,)], [(2,)]]
    for one in found:
        one.connection.close()


def _small_copy(path: Path, number: int) -> None:
    with duckdb.connect(str(path)) as made:
        made.execute(
            f"""
            create table t as select {number} as a;
            create table publication as
            select
                '{number}' as publication_id, timestamp '2026-01-01 08:00:00' as published_at, '1' as strate_version,
                date '2025-12-31' as as_of_date
            """
        )


def test_a_copy_that_cannot_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "public.duckdb"

    def said() -> str:
        with pytest.raises(PublicationError) as error:
            open_publication(path)
        assert str(path) in str(error.value)
        assert "\n" not in str(error.value)
        return str(error.value)

    assert "strate publish" in said()
    path.write_text("no database" * 1000)
    assert "not a valid DuckDB" in said()
    path.write_bytes(b"")
    said()
    path.unlink()
    with duckdb.connect(str(path)) as made:
        made.execute("create table segments as select 1 as a")
    assert "not a published copy" in said()
    with duckdb.connect(str(path)) as made:
        made.execute("select 1")
        reader = subprocess.run(
            [
                sys.executable,
                "-c",
                OPENING,
                str(path),
            ],
            capture_output=True,
            text=True,
        )
        assert "another process" in reader.stderr
    path.unlink()
    with duckdb.connect() as made:
        made.execute("set force_mbedtls_unsafe = true")  # writes without the extension; nothing here is secret
        made.execute(f"attach '{path}' as made (encryption_key 'a key of thirty-two signs or more')")
        made.execute("create table made.t as select 1 as a")
    monkeypatch.delenv("STRATE_DUCKDB_KEY", raising=False)
    assert "STRATE_DUCKDB_KEY" in said()


# Values --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (1_234_567, "money", "1.2 M EUR"),
        (999_999, "count", "999,999"),
        (45.2, "money", "45.20 EUR"),
        (0.118, "share", "12 %"),
        (float("nan"), "count", "unknown"),
        (2.5, "number", "2.50"),
    ],
)
def test_values_are_those_of_people(value: float, kind: str, text: str) -> None:
    assert shown(value, kind, "EUR").replace("\N{NO-BREAK SPACE}", " ") == text


def test_large_numbers_are_short_and_changes_are_words() -> None:
    assert [short(n).replace("\N{NO-BREAK SPACE}", " ") for n in (999_499, 999_500, 2.34e9)] == [
        "999,499",
        "1.0 M",
        "2.3 bn",
    ]
    assert change(50, 100).startswith("50\N{NO-BREAK SPACE}% less")
    assert change(100.1, 100) == "as much as"
    now = datetime(2026, 1, 2)
    assert [age(now - timedelta(seconds=s), now) for s in (3, 60, 7200, 2 * 86400)] == [
        "just now",
        "1 minute ago",
        "2 hours ago",
        "2 days ago",
    ]


@pytest.mark.parametrize(
    ("going_on", "over", "days", "look"),
    [(0, 0, 61, "unknown"), (0, 0, 400, "good"), (0, 2, 61, "good"), (1, 0, 61, "fair"), (1, 3, 400, "fair")],
)
def test_no_alert_is_no_good_news_before_anything_is_judged(going_on: int, over: int, days: int, look: str) -> None:
    assert verdict(going_on, over, days)[0] == look


def test_a_csv_holds_no_formula() -> None:
    text = as_csv(pd.DataFrame({"=1+1": ["=cmd()", "@x", "plain, with comma"], "b": [-1.5, None, 2]}))
    rows = list(csv.reader(io.StringIO(text.decode("utf-8-sig"))))
    assert rows == [["'=1+1", "b"], ["'=cmd()", "-1.5"], ["'@x", ""], ["plain, with comma", "2.0"]]


def test_what_is_drawn_can_be_seen_on_both_grounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Text has a contrast of 4.5 to its ground, and marks of 3, as WCAG asks for."""
    grounds = {"light": look.THEME["theme.light.backgroundColor"], "dark": look.THEME["theme.dark.backgroundColor"]}
    for theme, ground in grounds.items():
        monkeypatch.setattr(look, "is_dark", lambda theme=theme: theme == "dark")
        colours = look.themed({"ink": look.charts.INK, "text": look.charts.MUTED, "a": charts.BLUE, "b": charts.ORANGE})
        for name, least in (("ink", 4.5), ("text", 4.5), ("a", 3), ("b", 3)):
            assert _contrast(colours[name], ground) >= least, (theme, name)


def _contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        parts = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)
