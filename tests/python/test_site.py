"""The site of the docs: every link leads somewhere, nothing is asked of the network, and a browser shows it."""

import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from browsers import launched

from conftest import PROJECT, Project

pytestmark = pytest.mark.build

LOADED = {"img": "src", "script": "src", "link": "href", "iframe": "src", "source": "src"}


class Page(HTMLParser):
    """What a page links to, what it loads, and where others may link to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if tag == "a" and "href" in found:
            self.links.append(found["href"])
        elif tag in LOADED and LOADED[tag] in found:
            self.loads.append(found[LOADED[tag]])


@pytest.fixture(scope="module")
def site(demo: Project, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    docs = Project(folder)
    shutil.copy(demo.database, docs.database)
    (folder / "target").mkdir()
    shutil.copy(demo.folder / "target/partial_parse.msgpack", folder / "target")
    assert docs.dbt("docs", "generate", "--static").returncode == 0
    command = [sys.executable, PROJECT / "docs/site/build.py", "--database", demo.database]
    command += ["--target", demo.folder / "target", "--docs-target", folder / "target", "--out", folder / "site"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return folder / "site"


def test_every_link_leads_somewhere_and_nothing_is_loaded_from_elsewhere(site: Path) -> None:
    # dbt's page is one program that writes its own links; the report has tests of its own.
    alone = {site / "dbt/index.html", site / "report.html"}
    pages = {path: Page(path) for path in site.rglob("*.html") if path not in alone}
    assert len(pages) > 40
    broken = []
    for path, page in pages.items():
        for address in [*page.links, *page.loads]:
            parts = urlsplit(address)
            if parts.scheme in ("http", "https", "mailto", "data"):
                if address in page.loads and parts.scheme != "data":
                    broken.append((path, address))
                continue
            goal = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if not goal.is_file() or (parts.fragment and goal in pages and parts.fragment not in pages[goal].anchors):
                broken.append((path.relative_to(site), address))
    assert broken == []
    # A newcomer gets everywhere from the first page.
    start = pages[site / "docs/site/index.html"]
    reached = {(site / "docs/site" / urlsplit(link).path).resolve() for link in start.links}
    assert alone <= reached
    assert {site / "docs" / f"{page.stem}.html" for page in (PROJECT / "docs").glob("*.md")} <= reached


def test_a_browser_shows_it_in_light_and_dark_without_a_request(site: Path) -> None:
    requests, backgrounds = [], set()
    with launched("the site") as browser:
        for scheme in ("light", "dark"):
            page = browser.new_context(color_scheme=scheme, viewport={"width": 1360, "height": 900}).new_page()
            errors = []
            page.on("request", lambda request: requests.append(request.url))
            page.on("pageerror", lambda error, errors=errors: errors.append(str(error)))
            for name in ("docs/site/index.html", "docs/variables.html"):
                page.goto((site / name).as_uri())
                width = page.evaluate("document.documentElement.scrollWidth")
                assert width <= 1360, name
            backgrounds.add(page.evaluate("getComputedStyle(document.body).backgroundColor"))
            page.goto((site / "index.html").as_uri())
            page.wait_for_url("**/docs/site/index.html")
            page.get_by_role("link", name="the tables").click()
            page.get_by_role("heading", name="Strate").wait_for()  # the overview, with no server
            assert page.get_by_text("how many customers each segment has").is_visible()
            assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:"))] == []
    assert len(backgrounds) == 2
