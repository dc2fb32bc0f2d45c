"""The pages of the dashboard, one module each, and how one page leads to another.

Streamlit takes every file of a folder called pages for a page of its own; hence the name of this one.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import streamlit as st

PAGES = {
    "overview": ("Overview", ":material/home:"),
    "segments": ("Segments", ":material/groups:"),
    "movement": ("Movement", ":material/swap_horiz:"),
    "scores": ("Scores", ":material/target:"),
    "quality": ("Quality", ":material/verified:"),
    "alerts": ("Alerts", ":material/notifications:"),
    "data": ("Data health", ":material/database:"),
}
"""Title and icon by the name in the address; the first one is where people arrive."""


def load() -> None:
    """Load all pages, so that the first visitor does not wait for it."""
    for name in PAGES:
        import_module(f"strate.dashboard.views.{name}")


def place(name: str) -> st.Page:
    """Return a page for Streamlit's navigation."""
    title, icon = PAGES[name]
    return st.Page(_body(name), title=title, icon=icon, url_path=name, default=name == next(iter(PAGES)))


def link(name: str, label: str, **filters: str) -> None:
    """Lead to a page, with filters. The label is Markdown: no text of the data."""
    st.page_link(place(name), label=label, icon=PAGES[name][1], query_params=filters or None)


def _body(name: str) -> Callable[[], None]:
    def body() -> None:
        import_module(f"strate.dashboard.views.{name}").page()

    body.__name__ = name
    return body
