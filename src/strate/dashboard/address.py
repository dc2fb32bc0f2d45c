"""Filters that live in the address of a page, so that what is seen can be linked to."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import streamlit as st

from strate.dashboard import show

MOST_SHOWN = 60
"""Characters of a bad value that are shown."""


def choose(
    label: str,
    name: str,
    options: Mapping[str, str],
    default: str | None = None,
    clears: Collection[str] = (),
) -> str:
    """Return the option that the address names, and let people choose another.

    Parameters
    ----------
    label : str
        What stands above the control.
    name : str
        Name in the address.
    options : mapping of str to str
        What may stand in the address, and what people read for it; not empty.
    default : str, optional
        Chosen where the address names none; else the first option.
    clears : collection of str
        Names that no longer mean anything when this one changes.
    """
    default = default if default in options else next(iter(options))
    wanted = st.query_params.get(name)
    chosen = wanted if wanted in options else default
    if wanted is not None and wanted not in options:
        show.notice(
            f"The address asks for {label.lower()} “{wanted[:MOST_SHOWN]}”, which is not there: "
            f"“{options[chosen]}” is shown."
        )
    key = f"choose_{name}"
    st.session_state[key] = chosen

    def write() -> None:
        for other in clears:
            st.query_params.pop(other, None)
        st.query_params[name] = st.session_state[key]

    return st.selectbox(label, list(options), key=key, format_func=options.get, on_change=write)


def number(name: str, least: int, most: int, what: str) -> int:
    """Return the whole number that the address has under a name, or the least one; one beyond the most is the most."""
    wanted = st.query_params.get(name)
    if wanted is None:
        return least
    if not wanted.isascii() or not wanted.isdigit() or not least <= int(wanted[:9]) <= most:
        fallen = most if wanted.isascii() and wanted.isdigit() and int(wanted[:9]) > most else least
        show.notice(
            f"The address asks for {what} “{wanted[:MOST_SHOWN]}”, which is not there: {what} {fallen} is shown."
        )
        return fallen
    return int(wanted)
