"""How the dashboard looks: colours of both themes, and styles of what Streamlit has no element for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from strate.report import charts

MARKS = {
    "good": ("\N{CHECK MARK}", "good"),
    "fair": ("!", "attention"),
    "bad": ("\N{MULTIPLICATION X}", "bad"),
    "unknown": ("?", "unknown"),
}
"""A sign for each look, as a colour alone tells nothing to who cannot see it."""

DARK = {
    charts.INK: "#e8ebef",
    charts.MUTED: "#aab3be",
    charts.RULE: "#343b45",
    charts.BLUE: "#6ea8d8",
    charts.ORANGE: "#f0845f",
    "#c3cad3": "#5b6573",
    "#aab3be": "#7c8794",
    "#d5dce4": "#4a525d",
    "white": "#12161b",
    "#0b3954": "#3f8fc2",  # the darkest value tier
    "#332288": "#7766cc",
    "#117733": "#2fa35a",
}
"""What a colour of the report is on a dark ground. Colours of segments that can be seen on both stay."""

THEME = {
    "theme.light.primaryColor": "#22577a",
    "theme.light.backgroundColor": "#ffffff",
    "theme.light.secondaryBackgroundColor": "#f3f5f8",
    "theme.light.textColor": charts.INK,
    "theme.dark.primaryColor": "#6ea8d8",
    "theme.dark.backgroundColor": "#12161b",
    "theme.dark.secondaryBackgroundColor": "#1b2129",
    "theme.dark.textColor": "#e8ebef",
}
"""Streamlit's options."""

STYLE = """
<style>
[data-testid="stMainBlockContainer"] {padding-top: 2.6rem; max-width: 78rem;}
[data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] {gap: .7rem;}
.stHtml h1 {font-size: 1.9rem; padding: 0 0 .2rem; font-weight: 650;}
.stHtml h2 {font-size: 1.35rem; padding: .8rem 0 .1rem; font-weight: 650;}
.stHtml h3 {font-size: 1.08rem; padding: .4rem 0 .1rem; font-weight: 650;}
.stHtml .strate-small {font-size: .82rem; padding: .5rem 0 0; font-weight: 650; letter-spacing: .02em;}
.stHtml p {margin: 0 0 .2rem; max-width: 75ch; overflow-wrap: anywhere;}
.strate-more {opacity: .8;}
.strate-notice, .strate-empty {border-left: 4px solid #b8860b; background: rgba(184, 134, 11, .12);
  padding: .6rem .9rem; border-radius: 4px;}
.strate-empty {border-color: #7c8794; background: rgba(124, 135, 148, .12);}
.strate-verdict {padding: .55rem .9rem; border-radius: 4px; border-left: 4px solid #7c8794;
  background: rgba(124, 135, 148, .12); max-width: none !important;}
.strate-good {border-color: #2f8f6b; background: rgba(47, 143, 107, .13);}
.strate-fair {border-color: #c98a1b; background: rgba(201, 138, 27, .13);}
.strate-bad {border-color: #c8553d; background: rgba(200, 85, 61, .14);}
.strate-mark {font-weight: 700; margin-right: .3rem;}
[data-testid="stMainBlockContainer"] .strate-figures {display: grid;
  grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); gap: .6rem;
  margin: 0; padding: 0;}
.strate-figures div {border: 1px solid rgba(124, 135, 148, .35); border-radius: 6px; padding: .6rem .8rem;
  display: flex; flex-direction: column-reverse; justify-content: flex-end;}
.strate-figures dd {margin: 0; font-size: 1.55rem; font-weight: 650; line-height: 1.25;}
.strate-figures dt {font-size: .88rem; font-weight: 400; order: -1;}
.strate-figures small {display: block; font-size: .8rem; font-weight: 400; opacity: .8;}
[data-testid="stMainBlockContainer"] .strate-legend {list-style: none; margin-left: 0;
  display: flex; flex-wrap: wrap; gap: .3rem 1.1rem; padding: 0; margin: .3rem 0 0;}
.strate-legend li {display: flex; align-items: center; gap: .4rem; font-size: .88rem; margin: 0;}
.strate-swatch {min-width: 1.1rem; height: 1.1rem; border-radius: 3px; display: inline-flex; align-items: center;
  justify-content: center; font-size: .75rem; font-weight: 700; outline: 1px solid rgba(124, 135, 148, .5);}
.strate-cards {display: grid; grid-template-columns: repeat(auto-fill, minmax(17rem, 1fr)); gap: .8rem;}
.strate-card {border: 1px solid rgba(124, 135, 148, .35); border-top: 4px solid; border-radius: 6px;
  padding: .6rem 1rem;}
.strate-wide .strate-card p {max-width: none;}
.strate-wide .strate-lists {display: grid; grid-template-columns: repeat(auto-fit, minmax(15rem, 1fr)); gap: 0 1.5rem;}
.strate-card ul {margin: 0; padding-left: 1.1rem;}
.strate-card li {font-size: .9rem; margin: 0;}
.strate-status {font-size: .85rem; opacity: .85;}
</style>
"""


def is_dark() -> bool:
    """Say whether the page is shown in the dark theme, as far as the browser has told."""
    return st.context.theme.type == "dark"


def painted(colour: str) -> str:
    """Return a colour of the report as it is in the theme."""
    return DARK.get(colour, colour) if is_dark() else colour


def themed(spec: Mapping[str, Any]) -> dict[str, Any]:
    """Return a specification of the report's in the colours of the theme."""
    whole = {**spec, "config": charts.CONFIG}
    return _repainted(whole) if is_dark() else whole


def _repainted(part: Any) -> Any:
    """Return a part of a specification with the colours of the dark theme."""
    if isinstance(part, Mapping):
        return {name: _repainted(value) for name, value in part.items()}
    if isinstance(part, list | tuple):
        return [_repainted(value) for value in part]
    return DARK.get(part, part) if isinstance(part, str) else part
