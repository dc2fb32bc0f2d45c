"""Dirt that every extract has: re-sent rows, missing keys, impossible times, and text in mixed formats."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from strate.demo import arrow
from strate.demo.rhythm import HOUR

_FIRST_MOMENT = np.datetime64("0001-01-01", "us").astype(np.int64)
_LAST_MOMENT = np.datetime64("9999-12-31", "us").astype(np.int64)

# Share of rows sent a second time, and the time column that is impossible in a few rows.
_RESENT = {
    "crm_customers": 0.010,
    "crm_consents": 0.008,
    "crm_campaign_events": 0.008,
    "erp_orders": 0.008,
    "erp_order_lines": 0.006,
    "erp_products": 0.030,
    "tracking_events": 0.004,
    "survey_responses": 0.010,
    "geo_areas": 0.020,
}
_IMPOSSIBLE = {
    "crm_customers": "created_at",
    "crm_consents": "decided_at",
    "crm_campaign_events": "event_at",
    "erp_orders": "ordered_at",
    "tracking_events": "event_at",
    "survey_responses": "answered_at",
}
_SPARSE = 0.0004
# Columns whose time of day may be lost: nothing is ordered by them within a day.
_DAY_COLUMNS = {"created_at", "decided_at", "answered_at", "expires_at", "updated_at"}
_TIME_STYLES = ("iso", "zulu", "offset", "day_first", "date_only", "compact_date", "no_such_day")
_STYLE_SUMS = {
    True: np.cumsum([0.86, 0.03, 0.03, 0.03, 0.02, 0.0285]),
    False: np.cumsum([0.90, 0.035, 0.03, 0.03, 0.0025, 0.0020]),
}


def add_versions(table: pa.Table, rng: np.random.Generator, name: str, dirt: Counter) -> pa.Table:
    """Add older versions of some rows of a look-up table.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of `erp_products` or `geo_areas`.
    rng : numpy.random.Generator
        Source of chance.
    name : str
        Name of the table.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    pyarrow.Table
        The rows and their older versions.
    """
    rows = np.sort(rng.choice(table.num_rows, 6, replace=False))
    old = table.take(pa.array(rows))
    value = "unit_cost" if name == "erp_products" else "median_income"
    updated = old["updated_at"].to_numpy().astype("datetime64[us]").astype(np.int64) - 200 * 24 * HOUR
    old = old.set_column(old.schema.get_field_index(value), value, pa.array(np.round(old[value].to_numpy() * 0.9, 2)))
    old = old.set_column(old.schema.get_field_index("updated_at"), "updated_at", arrow.moments(updated))
    dirt[f"{name}: older version"] += len(rows)
    return pa.concat_tables([table, old])


def soil(table: pa.Table, rng: np.random.Generator, name: str, dirt: Counter) -> pa.Table:
    """Add the dirt that all tables share: impossible times, rows without key, rows sent again.

    Parameters
    ----------
    table : pyarrow.Table
        Rows of one input.
    rng : numpy.random.Generator
        Source of chance.
    name : str
        Name of the input.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    pyarrow.Table
        The rows, some spoiled, and more rows behind them.
    """
    n = table.num_rows
    few = max(2, int(n * _SPARSE))
    if name in _IMPOSSIBLE:
        column = _IMPOSSIBLE[name]
        rows = np.sort(rng.choice(n, few, replace=False))
        mask = np.zeros(n, dtype=bool)
        mask[rows] = True
        values = np.where(np.arange(few) % 2 == 0, _FIRST_MOMENT, _LAST_MOMENT)
        spoiled = pc.replace_with_mask(table[column].combine_chunks(), pa.array(mask), arrow.moments(values))
        table = table.set_column(table.schema.get_field_index(column), column, spoiled)
        dirt[f"{name}: impossible time"] += few
    again = np.sort(rng.choice(n, max(1, int(n * _RESENT[name])), replace=False))
    dirt[f"{name}: sent again"] += len(again)
    parts = [table, table.take(pa.array(again))]
    if name not in ("erp_products", "geo_areas"):
        lost = table.take(pa.array(np.sort(rng.choice(n, few, replace=False))))
        parts.append(lost.set_column(0, table.schema.names[0], pa.nulls(few, pa.string())))
        dirt[f"{name}: missing key"] += few
    return pa.concat_tables(parts).combine_chunks()


def to_text(table: pa.Table, rng: np.random.Generator, name: str, dirt: Counter) -> pa.Table:
    """Turn every column to text as a careless export does: mixed times, dates, booleans and decimal commas.

    Rows with the same key are written the same way, so that a row sent twice stays the same row.

    Parameters
    ----------
    table : pyarrow.Table
        Typed rows of one input.
    rng : numpy.random.Generator
        Source of chance.
    name : str
        Name of the input.
    dirt : Counter
        Counts of each kind of dirt; added to.

    Returns
    -------
    pyarrow.Table
        The same rows and columns, all text.
    """
    codes = table.column(0).combine_chunks().dictionary_encode().indices
    key = pc.fill_null(codes, -1).to_numpy(zero_copy_only=False).astype(np.int64) + 1
    n_keys = int(key.max()) + 1 if len(key) else 1
    columns = []
    for field in table.schema:
        column = table[field.name].combine_chunks()
        if isinstance(column, pa.ChunkedArray):
            column = pa.concat_arrays(column.chunks)
        roll = rng.random(n_keys)[key]
        label = f"{name}: {field.name} "
        if pa.types.is_timestamp(field.type):
            text = _write_times(column, roll, field.name in _DAY_COLUMNS, label, dirt)
        elif pa.types.is_boolean(field.type):
            text = _write_booleans(column, roll)
        elif field.name == "birth_date":
            text = _write_dates(column, roll, label, dirt)
        else:
            text = column.cast(pa.string())
            if pa.types.is_floating(field.type):
                text = pc.replace_substring_regex(text, r"\.0$", "")
            if field.name == "unit_price":
                comma = pc.and_(pa.array(roll < 0.004), pc.match_substring(text, "."))
                dirt[label + "with decimal comma"] += pc.sum(comma).as_py() or 0
                text = pc.if_else(comma, pc.replace_substring(text, ".", ","), text)
        columns.append(text)
    return pa.table(columns, names=table.schema.names)


def _style(times: pa.Array, form: str) -> pa.Array:
    return pc.strftime(times, format=form)


def _write_times(column: pa.Array, roll: np.ndarray, may_lose_time: bool, label: str, dirt: Counter) -> pa.Array:
    style = np.searchsorted(_STYLE_SUMS[may_lose_time], roll, side="right")
    seconds = column.cast(pa.timestamp("s"))
    # Adding hours to the last moments would leave the calendar.
    whole = pc.cast(seconds, pa.int64())
    is_sane = pc.less(whole, 250_000_000_000)
    shifted = pc.add(whole, pc.if_else(is_sane, 7_200, 0)).cast(pa.timestamp("s"))
    forms = [
        _style(seconds, "%Y-%m-%d %H:%M:%S"),
        _style(seconds, "%Y-%m-%dT%H:%M:%SZ"),
        pc.binary_join_element_wise(_style(shifted, "%Y-%m-%dT%H:%M:%S"), pa.scalar("+02:00"), pa.scalar("")),
        _style(seconds, "%d/%m/%Y %H:%M:%S"),
        _style(seconds, "%Y-%m-%d"),
        _style(seconds, "%Y%m%d"),
        _style(seconds, "2024-02-30 %H:%M:%S"),
    ]
    for index, kind in enumerate(_TIME_STYLES[1:], start=1):
        count = int((style == index).sum())
        if count:
            dirt[f"{label}as {kind}"] += count
    text = pc.choose(pa.array(style), *forms)
    return pc.if_else(pc.is_valid(column), text, pa.scalar(None, pa.string()))


def _write_dates(column: pa.Array, roll: np.ndarray, label: str, dirt: Counter) -> pa.Array:
    day_first = pc.replace_substring_regex(column, r"^(\d{4})-(\d{2})-(\d{2})$", r"\3/\2/\1")
    compact = pc.replace_substring(column, "-", "")
    style = np.where(roll < 0.04, 1, np.where(roll < 0.06, 2, 0))
    dirt[f"{label}as day_first"] += int((style == 1).sum())
    dirt[f"{label}as compact_date"] += int((style == 2).sum())
    return pc.choose(pa.array(style), column, day_first, compact)


def _write_booleans(column: pa.Array, roll: np.ndarray) -> pa.Array:
    style = np.searchsorted([0.9, 0.96], roll)
    forms = [
        pc.if_else(column, "true", "false"),
        pc.if_else(column, "1", "0"),
        pc.if_else(column, "TRUE", "FALSE"),
    ]
    return pc.choose(pa.array(style), *forms)
