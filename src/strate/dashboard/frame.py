"""What is around every page: the open copy, its date and age, and the look-out for another one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from html import escape

import duckdb
import streamlit as st

from strate.dashboard import show
from strate.dashboard.open import ask, opened
from strate.dashboard.publication import Publication, PublicationError, file_identity, publication_path
from strate.report.headline import day
from strate.report.read import read_differences

LOOK_EVERY = timedelta(seconds=5)


def start() -> Publication:
    """Return the published copy as it is now; a page that has none says why and ends here."""
    path = publication_path()
    identity = file_identity(path)
    is_first = "shown" not in st.session_state
    is_new = not is_first and st.session_state["shown"][0] != identity
    st.session_state["shown"] = (identity, st.context.theme.type)
    try:
        publication = opened(path, identity)
    except PublicationError as error:
        with st.sidebar:
            _follow(None)
        show.title("Customer segments")
        show.empty(str(error))
        st.stop()
    with st.sidebar:
        _follow(publication)
    if is_new:
        st.toast("A new publication is shown.", icon=":material/update:")
    st.session_state["publication"] = publication
    return publication


def current() -> Publication:
    """Return the published copy that this run of a page shows."""
    return st.session_state["publication"]


def needs(*tables: str, because: str) -> bool:
    """Say whether the copy has some tables; where it has not, tell people which and why that may be."""
    missing = current().missing(tables)
    if missing:
        show.empty(f"The published copy has no table {' and no table '.join(missing)}: {because}")
    return not missing


def feature_labels() -> dict[str, str]:
    """Return features as people read them, by column; none where there are no profiles."""
    publication = current()
    if "segment_profiles" not in publication.tables:
        return {}
    return {row.feature: row.label for row in ask(publication, read_differences)}


def run(page: st.Page) -> None:
    """Show a page; what the copy lacks, being of another version, is told in its place."""
    try:
        page.run()
    except duckdb.Error as error:
        reason = str(error).splitlines()[0]
        show.empty(
            f"This page cannot be shown from a copy that Strate {current().strate_version} published ({reason}): "
            "publish it with the version that serves the dashboard."
        )


def age(published_at: datetime, now: datetime) -> str:
    """Return how long ago something was, both in UTC: 3 minutes ago."""
    seconds = max(0, int((now - published_at).total_seconds()))
    if seconds < 60:
        return "just now"
    for size, unit in ((86400, "day"), (3600, "hour"), (60, "minute")):
        if seconds >= size:
            many = seconds // size
            return f"{many} {unit}{'s' if many > 1 else ''} ago"
    raise AssertionError


@st.fragment(run_every=LOOK_EVERY)
def _follow(publication: Publication | None) -> None:
    """Tell the age of the copy, and show the page anew when another copy, or another theme, is there."""
    if st.session_state.get("shown") != (file_identity(publication_path()), st.context.theme.type):
        st.rerun()
    if publication is not None:
        moment = publication.published_at
        ago = age(moment, datetime.now(UTC).replace(tzinfo=None))
        st.html(
            f'<p class="strate-status">As of <strong>{escape(day(publication.as_of_date))}</strong><br>'
            f'Published <time datetime="{moment:%Y-%m-%dT%H:%M:%S}Z">{ago}</time>, {moment:%Y-%m-%d %H:%M} UTC</p>'
        )
