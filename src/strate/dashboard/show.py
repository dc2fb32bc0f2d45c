"""Putting figures on a page. Texts of the data go through `html.escape` here and are never Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import pandas as pd
import streamlit as st

from strate.csv_cells import cell
from strate.dashboard import look
from strate.report.charts import ink_on
from strate.report.sections.parts import UNKNOWN, Figure, Key, Panel, Section, Table, words

ROW_HEIGHT = 35
MOST_ROWS_HIGH = 12


def title(text: str, more: str = "") -> None:
    """Put the heading of a page, with a sentence on what it answers."""
    st.html(f"<h1>{escape(text)}</h1>" + (f'<p class="strate-more">{escape(more)}</p>' if more else ""))


def heading(text: str, more: str = "") -> None:
    """Put the heading of a part of a page."""
    st.html(f"<h2>{escape(text)}</h2>" + (f'<p class="strate-more">{escape(more)}</p>' if more else ""))


def text(words_: str) -> None:
    """Put a paragraph."""
    st.html(f"<p>{escape(words_)}</p>")


def notice(sentence: str) -> None:
    """Say that something is not as was asked for."""
    st.html(f'<p class="strate-notice" role="status">{escape(sentence)}</p>')


def empty(sentence: str) -> None:
    """Say in a sentence why there is nothing to see."""
    st.html(f'<p class="strate-empty" role="status">{escape(sentence)}</p>')


def verdict(look_: str, sentence: str) -> None:
    """Put a line with a mark: good, fair, bad or unknown."""
    mark, meaning = look.MARKS[look_]
    st.html(
        f'<p class="strate-verdict strate-{look_}"><span class="strate-mark" role="img" aria-label="{meaning}">{mark}'
        f"</span> {escape(sentence)}</p>"
    )


def key_figures(figures: Sequence[tuple[str, str, str]]) -> None:
    """Put figures beside each other: the figure, what it is, and more on it."""
    items = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(figure)}<small>{escape(more)}</small></dd></div>"
        for figure, what, more in figures
    )
    st.html(f'<dl class="strate-figures">{items}</dl>')


def section(found: Section, *, with_notes: bool = True) -> None:
    """Put a section of the report: heading, figures, notes."""
    heading(found.title, found.intro)
    for number, one in enumerate(found.figures):
        figure(one, f"{found.id}-{number}")
    if with_notes:
        for note in found.notes:
            text(note)


def figure(found: Figure, name: str) -> None:
    """Put a figure of the report: title, finding, chart, cards, and its table with a CSV."""
    st.html(f"<h3>{escape(found.title)}</h3><p>{escape(found.finding)}</p>{_legend(found.legend)}")
    if found.spec is not None:
        chart(found.spec, name)
    if found.panels:
        st.html(f'<div class="strate-cards">{"".join(_panel(panel) for panel in found.panels)}</div>')
    if found.table is not None:
        frame = pd.DataFrame([list(row) for row in found.table.rows], columns=list(found.table.headers))
        if found.is_table_open:
            _text_table(frame, found.table, name, found.title)
        else:
            with st.expander("The same as a table"):
                _text_table(frame, found.table, name, found.title)


def card(panel: Panel) -> None:
    """Put one card over the whole width; its heading stands above it already."""
    st.html(f'<div class="strate-wide">{_panel(panel, has_heading=False)}</div>')


def chart(spec: Mapping[str, Any], name: str) -> None:
    """Draw a specification of the report's in the colours of the theme; its description is read to who cannot see."""
    st.vega_lite_chart(spec=look.themed(spec), theme=None, width="stretch", key=f"chart-{name}")


def table(
    frame: pd.DataFrame,
    name: str,
    what: str,
    headers: Mapping[str, str] | None = None,
    config: Mapping[str, Any] | None = None,
    height: int | None = None,
) -> None:
    """Put a table of raw values with a CSV of it.

    Parameters
    ----------
    frame : pandas.DataFrame
        What is shown.
    name : str
        Of the file and of the control; another one for each table of a page.
    what : str
        What the table tells, for who cannot see it.
    headers : mapping of str to str, optional
        What people read for a column; else its name as words.
    config : mapping of str to column configuration, optional
        How its values are shown.
    """
    headers = {column: (headers or {}).get(column, words(str(column))) for column in frame.columns}
    configs = {}
    for column, header in headers.items():
        given = dict((config or {}).get(column, {}))
        if pd.api.types.is_integer_dtype(frame[column]):
            given = {"type_config": {"type": "number", "format": "localized"}} | given
        elif _is_dates(frame[column]):
            given = {"type_config": {"type": "date"}} | given
        configs[column] = given | {"label": header}
    st.dataframe(
        frame,
        hide_index=True,
        column_config=configs,
        alt=what,
        key=f"table-{name}",
        placeholder=UNKNOWN,
        height=height or _height(len(frame)),
    )
    download(frame.rename(columns=headers), name, what)


def download(frame: pd.DataFrame, name: str, what: str) -> None:
    """Offer a table as CSV."""
    st.download_button(
        "Download as CSV",
        data=as_csv(frame),
        file_name=f"strate-{name}.csv",
        mime="text/csv",
        key=f"csv-{name}",
        on_click="ignore",
        icon=":material/download:",
        help=None,
    )


def as_csv(frame: pd.DataFrame) -> bytes:
    """Return a table as CSV that a spreadsheet reads as texts and numbers, never as formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([cell(str(column)) for column in frame.columns])
    for row in frame.astype(object).itertuples(index=False):
        writer.writerow([None if pd.isna(value) else cell(value) for value in row])
    return out.getvalue().encode("utf-8-sig")  # the mark by which Excel knows the encoding


def _text_table(frame: pd.DataFrame, found: Table, name: str, what: str) -> None:
    """Put a table whose figures are texts already."""
    config = {
        column: {"alignment": "right"} for place, column in enumerate(frame.columns) if place >= found.first_number
    }
    table(frame, name, what, headers={column: str(column) for column in frame.columns}, config=config)


def _is_dates(values: pd.Series) -> bool:
    """Say whether values are moments of which each is the beginning of a day, and so dates."""
    return pd.api.types.is_datetime64_dtype(values) and bool((values.dropna() == values.dropna().dt.normalize()).all())


def rounded(frame: pd.DataFrame, decimals: int) -> pd.DataFrame:
    """Return a frame whose fractions have at most so many decimals."""
    return frame.round(dict.fromkeys(frame.select_dtypes("float").columns, decimals))


def _height(rows: int) -> int:
    return ROW_HEIGHT * (min(max(rows, 1), MOST_ROWS_HIGH) + 1) + 3


def _legend(keys: Sequence[Key]) -> str:
    """Return what colours stand for."""
    if not keys:
        return ""
    items = ""
    for key in keys:
        colour = look.painted(key.colour)
        style = f"background:{escape(colour)};color:{ink_on(colour)}"
        items += f'<li><span class="strate-swatch" style="{style}">{escape(key.mark)}</span>{escape(key.text)}</li>'
    return f'<ul class="strate-legend" aria-label="Colours">{items}</ul>'


def _panel(panel: Panel, *, has_heading: bool = True) -> str:
    """Return a card of a segment."""
    level = "h4" if has_heading else "h3"
    lists = ""
    for name, lines in panel.lists:
        items = "".join(f"<li>{escape(line)}</li>" for line in lines)
        lists += f'<div><{level} class="strate-small">{escape(name)}</{level}><ul>{items}</ul></div>'
    heading_ = f"<h3>{escape(panel.key.text)}</h3>" if has_heading else ""
    more = f"<p>{escape(panel.more)}</p>" if panel.more else ""
    return (
        f'<section class="strate-card" style="border-top-color:{escape(look.painted(panel.key.colour))}">'
        f'{heading_}{more}<p>{escape(panel.sentence)}</p><div class="strate-lists">{lists}</div></section>'
    )
