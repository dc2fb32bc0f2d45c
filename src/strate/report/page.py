"""A page of sections: with styles and scripts in one HTML file that opens without a network."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import altair as alt
import vl_convert
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from strate.report.charts import CONFIG
from strate.report.headline import Verdict
from strate.report.sections.parts import Section


@dataclass(frozen=True)
class Page:
    """A title, figures to stand at the top (the figure, what it is, more on it), the verdict and the sections."""

    title: str
    subtitle: str
    key_figures: Sequence[tuple[str, str, str]]
    verdict: Verdict
    sections: Sequence[Section]


def write_page(page: Page, out: Path) -> int:
    """Write a page; the same page gives the same bytes.

    Parameters
    ----------
    page : Page
    out : pathlib.Path
        HTML file to write; one that is there is replaced.

    Returns
    -------
    int
        Size of the file in bytes.

    Raises
    ------
    FileNotFoundError
        If the folder to write to is not there.
    IsADirectoryError
        If `out` is a folder.
    """
    check_out(out)
    content = render_page(page).encode()
    unfinished = out.with_name(out.name + ".unfinished")
    unfinished.write_bytes(content)
    unfinished.replace(out)
    return len(content)


def check_out(out: Path) -> None:
    """Raise if a file cannot be written to a place, as `write_page` does."""
    if out.is_dir():
        raise IsADirectoryError(f"--out {out} is a folder: name a file in it, such as {out / 'report.html'}.")
    if not out.parent.is_dir():
        raise FileNotFoundError(f"--out {out}: there is no folder {out.parent}.")


def render_page(page: Page) -> str:
    """Return a page as HTML."""
    environment = Environment(
        loader=PackageLoader("strate.report", "template"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html").render(
        page=page,
        specs=_as_script_data(_specs(page.sections)),
        config=_as_script_data(CONFIG),
        style=Markup(_text("page.css")),
        library=_library(),
        script=_as_script(_text("page.js")),
    )


@cache
def _library() -> Markup:
    """Return Vega and what belongs to it, in the version for which Altair writes; finding it takes seconds."""
    version = ".".join(alt.SCHEMA_VERSION.removeprefix("v").split(".")[:2])
    return _as_script(vl_convert.javascript_bundle(vl_version=version))


def _specs(sections: Sequence[Section]) -> dict[str, object]:
    """Return each chart under the id of its place on the page: section and number of the figure."""
    return {
        f"{section.id}-{number}": figure.spec
        for section in sections
        for number, figure in enumerate(section.figures, 1)
        if figure.spec is not None
    }


def _text(name: str) -> str:
    """Return a file of the template folder."""
    return (Path(__file__).with_name("template") / name).read_text(encoding="utf-8")


def _as_script(code: str) -> Markup:
    """Return JavaScript that cannot end its script element: only texts and patterns hold what is changed."""
    return Markup(code.replace("</script", "<\\/script").replace("<!--", "<\\!--"))


def _as_script_data(data: object) -> Markup:
    """Return JSON that cannot end its script element, whatever its texts hold."""
    return Markup(json.dumps(data, ensure_ascii=False, allow_nan=False, separators=(",", ":")).replace("<", "\\u003c"))
