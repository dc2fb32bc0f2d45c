"""What all sessions share: the open copy, and answers to questions that were asked of it before."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import duckdb
import streamlit as st

from strate.dashboard.publication import Publication, open_publication

P, R = ParamSpec("P"), TypeVar("R")
KEPT_ANSWERS = 500


@st.cache_resource(max_entries=2, show_spinner=False)
def opened(path: Path, identity: str | None) -> Publication:
    """Return the open copy; the one before is kept for those who are still reading it."""
    return open_publication(path)


def ask(publication: Publication, question: Callable[..., R], *arguments: Any) -> R:
    """Return the answer of a function that takes a connection and arguments; asked once per publication."""
    name = f"{question.__module__}.{question.__qualname__}"
    return _answer(publication.key, name, arguments, publication, question)


@st.cache_data(max_entries=KEPT_ANSWERS, show_spinner=False)
def _answer(key: str, name: str, arguments: tuple, _publication: Publication, _question: Callable[..., Any]) -> Any:
    cursor: duckdb.DuckDBPyConnection = _publication.cursor()
    try:
        return _question(cursor, *arguments)
    finally:
        cursor.close()
