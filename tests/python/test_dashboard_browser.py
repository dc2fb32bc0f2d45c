"""The dashboard in a real browser: every page, filters, downloads, a new publication, and the token."""

import csv
import io
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import duckdb
import pytest

from browsers import launched
from published import HOSTILE, RENAMED, give_past, publish

from conftest import Project

TOKEN = "a token of sixteen signs or more"
TITLES = {
    "": "Customer segments",
    "segments": "Segments",
    "movement": "Movement",
    "scores": "Scores",
    "quality": "Quality",
    "alerts": "Alerts",
    "data": "Data health",
}
DRAWN = "[data-testid=stApp][data-test-script-state=notRunning]"
pytestmark = pytest.mark.build


@pytest.fixture(scope="module")
def copy(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo, published, with a past; the tests put other copies in its place."""
    return give_past(publish(demo, tmp_path_factory.mktemp("shown") / "strate_public.duckdb"))


@contextmanager
def serving(database: Path, **environment: str) -> Iterator[str]:
    """Run the command, and return its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [str(Path(sys.executable).with_name("strate")), "dashboard", "--database", str(database)]
    log = database.parent / f"dashboard-{port}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            [*command, "--port", str(port)], stdout=out, stderr=subprocess.STDOUT, env=os.environ | environment
        )
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=20)
    assert "Traceback" not in log.read_text(), log.read_text()


@pytest.fixture(scope="module")
def address(copy: Path) -> Iterator[str]:
    with serving(copy) as found:
        yield found


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with launched("the dashboard") as running:
        yield running


class Visit:
    """A window, and what went wrong in it."""

    def __init__(self, browser: Any, address: str, **options: Any) -> None:
        self.address = address
        self.context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}} | options)
        self.page = self.context.new_page()
        self.page.set_default_timeout(20_000)
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        self.page.on("request", lambda request: self._asks(request.url))
        self.page.on("console", lambda message: self._says(message.type, message.text, message.location["url"]))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def _asks(self, url: str) -> None:
        if not url.startswith((self.address, self.address.replace("http", "ws"), "data:", "blob:")):
            self.foreign.append(url)

    def _says(self, kind: str, text: str, url: str) -> None:
        # Streamlit looks for its server below the page's own address first, and then at the root.
        is_looking = re.fullmatch(r".*/[a-z]+/_stcore/(health|host-config)", url)
        if kind in ("error", "warning") and not is_looking:
            self.complaints.append(f"{text} {url}")

    def open(self, place: str = "") -> None:
        self.page.goto(f"{self.address}/{place}")
        self.drawn()

    def drawn(self) -> None:
        """Wait until the page shows what the app told it."""
        self.page.wait_for_selector(".stHtml h1")
        self.page.wait_for_selector(DRAWN)

    def choose(self, label: str, option: str) -> None:
        """Choose an option of a select box by the keyboard."""
        box = self.page.get_by_label(label, exact=True)
        box.click()
        box.fill(option)
        self.page.keyboard.press("Enter")
        self.page.wait_for_timeout(300)
        self.drawn()

    def __enter__(self) -> "Visit":
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        self.context.close()
        if kind is None:
            assert self.foreign == []
            assert self.complaints == []


@pytest.mark.parametrize(
    ("width", "scheme"), [(1280, "light"), (390, "dark")], ids=["a screen in light", "a phone in dark"]
)
def test_every_page_is_drawn_for_everybody(browser: Any, address: str, width: int, scheme: str) -> None:
    """Headings follow each other, controls have names, charts and tables are told, and nothing is wider than a page."""
    with Visit(browser, address, viewport={"width": width, "height": 900}, color_scheme=scheme) as visit:
        for place, title in TITLES.items():
            visit.open(place)
            page = visit.page
            assert page.locator("h1").all_inner_texts() == [title]
            assert page.locator("[data-testid=stException], .stAlert").count() == 0, place
            if place in ("", "segments", "movement", "scores", "alerts"):
                page.wait_for_selector("[data-testid=stVegaLiteChart]")
            page.wait_for_function(
                "[...document.querySelectorAll('[data-testid=stVegaLiteChart]')]"
                ".every(chart => chart.querySelector('canvas,svg'))"
            )
            facts = page.evaluate(
                """
                () => {
                  const main = document.querySelector("[data-testid=stMain]");
                  const named = (node) => node.getAttribute("aria-label") || node.getAttribute("aria-labelledby")
                    || (node.id && main.querySelector(`label[for="${node.id}"]`)) || node.closest("label")
                    || node.textContent.trim();
                  return {
                    levels: [...main.querySelectorAll("h1,h2,h3,h4,h5")].map((node) => Number(node.tagName[1])),
                    nameless: [...main.querySelectorAll("input,select,button,a")]
                      .filter((node) => node.offsetParent && !named(node)).map((node) => node.outerHTML.slice(0, 200)),
                    charts: [...main.querySelectorAll("[data-testid=stVegaLiteChart]")].map((chart) =>
                      (chart.querySelector("[role='graphics-document']") || chart).getAttribute("aria-label") || ""),
                    wide: document.documentElement.scrollWidth > innerWidth,
                    dark: getComputedStyle(document.querySelector("[data-testid=stApp]")).backgroundColor,
                  };
                }
                """
            )
            levels = facts["levels"]
            assert levels[0] == 1, place
            assert all(after <= before + 1 for before, after in pairwise(levels)), (place, levels)
            assert facts["nameless"] == [], place
            assert all(len(label) > 20 for label in facts["charts"]), (place, facts["charts"])
            assert not facts["wide"], place
            assert (facts["dark"] == "rgb(18, 22, 27)") == (scheme == "dark")


def test_filters_live_in_the_address(browser: Any, address: str) -> None:
    with Visit(browser, address) as visit:
        visit.open("segments?segmentation=rfm&segment=rfm_loyal&indicator=revenue&step=month")
        page = visit.page
        assert "Loyal" in page.locator("h2").all_inner_texts()
        assert page.get_by_text("Revenue of Loyal").count() == 1
        visit.choose("Segment", "Champions")
        page.wait_for_url("**segment=rfm_champions**")
        assert "Champions" in page.locator("h2").all_inner_texts()
        assert "indicator=revenue" in page.url
        visit.choose("Segmentation", "Value tiers")
        page.wait_for_url("**segmentation=value**")
        assert "segment=" not in page.url.replace("segmentation=", "")
        assert page.locator(".strate-notice").count() == 0

        visit.open("segments?segmentation=%3Cb%3Enone&segment=x&page=999999999999&sort=customer_id%3B&step=year")
        notices = page.locator(".strate-notice").all_inner_texts()
        assert len(notices) == 5
        assert "<b>none" in notices[0]
        assert "RFM classes" in notices[0]
        assert page.locator(".stHtml p b").count() == 0

        visit.open()
        page.get_by_text("The segments one by one").click()
        page.wait_for_url("**/segments?segmentation=rfm")
        page.get_by_role("heading", name="Segments", exact=True).wait_for()


def test_what_is_shown_is_downloaded(browser: Any, address: str, copy: Path) -> None:
    with Visit(browser, address, accept_downloads=True) as visit:
        visit.open("segments?segmentation=rfm&segment=rfm_never_bought&sort=session_count&page=2")
        with visit.page.expect_download() as download:
            visit.page.get_by_role("button", name="Download as CSV", exact=True).last.click()
        text = Path(download.value.path()).read_text(encoding="utf-8-sig")
        header, *rows = csv.reader(io.StringIO(text))
        with duckdb.connect(str(copy), read_only=True) as connection:
            expected = connection.execute(
                """
                select customer_id from customer_segments
                inner join customer_features using (customer_id, as_of_date)
                where segment_key = 'rfm_never_bought'
                order by session_count desc nulls last, customer_id
                limit 50 offset 50
                """
            ).fetchall()
        assert header[0] == "customer"
        assert [row[0] for row in rows] == [customer for (customer,) in expected]
        assert download.value.suggested_filename == "strate-members-rfm_never_bought-2.csv"


def test_texts_of_the_data_stay_texts(browser: Any, address: str) -> None:
    """Where a name is shown: cards, headings, filters, charts, tables and lists."""
    with Visit(browser, address) as visit:
        for place in ("", f"segments?segment={RENAMED}", "movement", "alerts", "scores?score=composite"):
            visit.open(place)
            page = visit.page
            assert page.locator("[data-testid=stMain] img").count() == 0
            assert page.locator("a[href*='evil']").count() == 0
            assert page.evaluate("window.attacked") is None
        visit.open(f"segments?segment={RENAMED}")
        assert HOSTILE in visit.page.locator("h2").all_inner_texts()
        visit.open("")
        chart = visit.page.locator("[data-testid=stVegaLiteChart]").first
        chart.scroll_into_view_if_needed()
        box, tooltip = chart.bounding_box(), visit.page.locator("#vg-tooltip-element")
        told = set()
        for part in range(1, 45):
            visit.page.mouse.move(box["x"] + 0.4 * box["width"], box["y"] + part * box["height"] / 45)
            visit.page.wait_for_timeout(30)
            if tooltip.count():
                told.add(tooltip.inner_text().strip())
        assert any(HOSTILE in tip for tip in told), told
        assert tooltip.locator("img, a").count() == 0
        assert visit.page.evaluate("window.attacked") is None


def test_a_new_publication_appears_by_itself(browser: Any, address: str, copy: Path, tmp_path: Path) -> None:
    kept = tmp_path / "kept.duckdb"
    shutil.copy(copy, kept)
    other = tmp_path / "other.duckdb"
    shutil.copy(copy, other)
    with duckdb.connect(str(other)) as connection:
        connection.execute("update publication set publication_id = 'another', as_of_date = date '2026-02-03'")
        connection.execute("drop table segment_alerts")
        connection.execute("drop table customer_scores")
        connection.execute("drop table segment_performance")
        connection.execute("alter table segment_profiles drop column standardised_difference")
    with Visit(browser, address) as visit:
        visit.open("alerts")
        assert visit.page.get_by_text("1 alert goes on; 1 is over.").count() == 1
        other.replace(copy)
        visit.page.get_by_text("3 February 2026").wait_for()
        visit.page.get_by_text("A new publication is shown.").wait_for()
        for place, named in (("alerts", "segment_alerts"), ("scores", "customer_scores")):
            visit.open(place)
            assert named in visit.page.locator(".strate-empty").inner_text()
        visit.open("segments")
        assert "standardised_difference" in visit.page.locator(".strate-empty").inner_text()
        copy.rename(tmp_path / "away.duckdb")
        visit.page.get_by_text("There is no published copy").wait_for()
        kept.replace(copy)
        visit.page.get_by_role("heading", name="What sets it apart").wait_for()


def test_the_token_is_asked_for_and_let_in(browser: Any, copy: Path) -> None:
    with serving(copy, STRATE_DASHBOARD_TOKEN=TOKEN) as address:
        for path in ("/", "/_stcore/health", "/segments"):
            with pytest.raises(HTTPError) as refused:
                urlopen(address + path)
            assert refused.value.code == 401
        visit = Visit(browser, address)
        visit.page.goto(f"{address}/segments?segment=rfm_loyal")
        visit.page.get_by_label("Token").fill("a token that is not the right one")
        visit.page.get_by_role("button").click()
        visit.page.get_by_text("This is not the token").wait_for()
        visit.page.get_by_label("Token").fill(TOKEN)
        visit.page.keyboard.press("Enter")
        visit.drawn()
        assert visit.page.url.endswith("/segments?segment=rfm_loyal")
        assert "Loyal" in visit.page.locator("h2").all_inner_texts()
        visit.context.close()
        assert visit.foreign == []
