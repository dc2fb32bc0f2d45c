"""Filters that live in the address of a page, so that what is seen can be linked to."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

import streamlit as st

from strate.dashboard import show
from strate.report.sections.parts import title_of

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


def choose_segmentation(names: Iterable[str], clears: Collection[str] = ()) -> str:
    """Return the segmentation that the address names, and let people choose another; `clears` as for `choose`."""
    return choose("Segmentation", "segmentation", {name: title_of(name) for name in names}, clears=clears)


def number(label: str, name: str, most: int) -> int:
    """Return the number from 1 that the address has under a name, and let people choose another.

    Parameters
    ----------
    label : str
        What stands above the control.
    name : str
        Name in the address.
    most : int
        The highest number there is; one beyond it is taken for it.
    """
    wanted = st.query_params.get(name, "1")
    is_number = wanted.isascii() and wanted.isdigit()
    chosen = min(max(int(wanted[:9]), 1), most) if is_number else 1
    if wanted != str(chosen):
        show.notice(
            f"The address asks for {label.lower()} “{wanted[:MOST_SHOWN]}”, which is not there: {chosen} is shown."
        )
    key = f"number_{name}"
    st.session_state[key] = chosen

    def write() -> None:
        st.query_params[name] = str(st.session_state[key])

    return st.number_input(label, min_value=1, max_value=most, step=1, key=key, on_change=write)
