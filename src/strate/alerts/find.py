"""From rows of segment_performance to events."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from strate.alerts.events import COLUMNS as EVENT_COLUMNS
from strate.alerts.events import DATES, NUMBERS, events_table
from strate.alerts.metrics import COLUMNS, KEYS, METRICS, SIZE, Panel, panel_of
from strate.alerts.rates import RateMonitor
from strate.alerts.settings import AlertSettings
from strate.alerts.sizes import SizeMonitor
from strate.progress import track
from strate.significance import q_values

TABLE_COLUMNS = ["record_type", *EVENT_COLUMNS, "status"]


def find_alerts(rows: pd.DataFrame, settings: Mapping[str, Any] | AlertSettings | None = None) -> pd.DataFrame:
    """Find falls and rises in the size of segments and in what their members do.

    Parameters
    ----------
    rows : pandas.DataFrame
        Has `strate.alerts.metrics.COLUMNS`, one row per segmentation, segment_key and activity_date, in any order.
    settings : mapping or AlertSettings, optional
        Attributes of `AlertSettings`.

    Returns
    -------
    pandas.DataFrame
        Two kinds of row, told apart by `record_type`. An `event` has the attributes of `strate.alerts.events.Event` and
        its `alert_id`. A `series` says for a segmentation, segment_key and metric in `status` whether it is judged:
        judged, or why not: input_off (null throughout), no_activity (zero throughout), too_short_history (fewer days or
        dates than needed), too_few_counts (no window holds enough).

    Raises
    ------
    ValueError
        If a setting is out of its range, a column is missing, or a segment has two rows of a day.
    """
    if not isinstance(settings, AlertSettings):
        settings = AlertSettings(**(settings or {}))
    missing = [name for name in COLUMNS if name not in rows.columns]
    if missing:
        raise ValueError(f"rows must have the columns of segment_performance; {', '.join(missing)} are missing.")
    if rows.empty:
        return _typed(pd.DataFrame(columns=TABLE_COLUMNS))
    rows = rows.assign(**{name: pd.to_datetime(rows[name]) for name in ("activity_date", "as_of_date")})
    panel = panel_of(rows)
    rates = RateMonitor(panel, settings)
    sizes = [
        SizeMonitor(rows[rows["segmentation"] == name], segments.reset_index(drop=True), panel.days, settings)
        for name, segments in panel.segments.groupby("segmentation", sort=True)
    ]
    monitors = [rates, *sizes]
    # Which monitor each test of a day is of, and of which of its series.
    places = [
        (monitor, series)
        for monitor, count in zip(monitors, [len(panel.metric_of), *map(len, sizes)], strict=True)
        for series in range(count)
    ]
    for day in track(range(len(panel.days)), "Alerts, days"):
        tests = np.concatenate([monitor.p_values(day) for monitor in monitors])
        found = q_values(tests)
        with np.errstate(invalid="ignore"):
            is_found = found <= settings.false_discovery_rate
        limit = tests[is_found].max(initial=0)
        for number in np.flatnonzero(is_found):
            monitor, series = places[number]
            monitor.begin(series, day, tests[number], found[number], limit)
    events = events_table([event for monitor in monitors for event in monitor.events]).assign(record_type="event")
    return _typed(pd.concat([events, _series(panel, rates, sizes, settings)], ignore_index=True))


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """Give every column its type, also where nothing was found that would show it."""
    kinds = dict.fromkeys(TABLE_COLUMNS, "str")
    for name in TABLE_COLUMNS:
        if name in NUMBERS:
            kinds[name] = "float64"
        elif name in DATES:
            kinds[name] = "datetime64[s]"
    return table.reindex(columns=TABLE_COLUMNS).astype(kinds)


def _series(panel: Panel, rates: RateMonitor, sizes: list[SizeMonitor], settings: AlertSettings) -> pd.DataFrame:
    """Return one row per segment and metric, and whether it is judged."""
    is_known, top = panel.is_known, panel.numerators
    status = np.select(
        [
            rates.was_judged,
            ~is_known.any(axis=1),
            ~(top > 0).any(axis=1),
            is_known.sum(axis=1) < settings.warm_up_days,
        ],
        ["judged", "input_off", "no_activity", "too_short_history"],
        "too_few_counts",
    )
    segments = [panel.segments] * (len(METRICS) + 1)
    table = pd.concat(segments, ignore_index=True)
    table["metric"] = np.repeat([metric.name for metric in METRICS] + [SIZE], len(panel.segments))
    was_judged = np.concatenate([monitor.was_judged for monitor in sizes])
    table["status"] = [*status, *np.where(was_judged, "judged", "too_short_history")]
    return table.assign(record_type="series").sort_values([*KEYS, "metric"], ignore_index=True)
