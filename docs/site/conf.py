"""Sphinx makes pages of the project's Markdown as it is; no page asks anything of the network."""

import re
from pathlib import Path

from sphinx.application import Sphinx

project = "Strate"
copyright = "The authors of Strate, Apache License 2.0"
root_doc = "docs/site/index"
include_patterns = ["README.md", "CHANGELOG.md", "CONTRIBUTING.md", "docs/**.md", "examples/*/README.md"]

extensions = ["myst_parser"]
myst_heading_anchors = 4  # as GitHub makes them
myst_links_external_new_tab = False

highlight_language = "none"  # blocks that name no language are commands
html_theme = "furo"
html_title = "Strate"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
html_theme_options = {"navigation_with_keys": True}


def place_pages(app: Sphinx, name: str, content: list[str]) -> None:
    """Put pages that no menu names into one of their own; decisions are reached from their list."""
    if name.startswith("docs/decisions/0"):
        content[0] = "---\norphan: true\n---\n\n" + content[0]
    if name == root_doc:
        named = set(re.findall(r"^/docs/(\w+)$", content[0], flags=re.M))
        others = sorted({page.stem for page in (Path(app.srcdir) / "docs").glob("*.md")} - named)
        if others:
            lines = "\n".join(f"/docs/{page}" for page in others)
            content[0] += f"\n```{{toctree}}\n:caption: More\n:maxdepth: 1\n:hidden:\n\n{lines}\n```\n"


def setup(app: Sphinx) -> None:
    """Take part in the reading of pages."""
    app.connect("source-read", place_pages)
