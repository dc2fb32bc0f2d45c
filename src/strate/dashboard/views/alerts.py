"""Falls and rises of segments: which go on, which are over, and the series in which each was found."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from strate.alerts.settings import AlertSettings
from strate.dashboard import address, charts, show
from strate.dashboard.frame import current, needs
from strate.dashboard.open import ask
from strate.dashboard.queries.alerts import alerted_series, alerts
from strate.dashboard.queries.performance import INDICATORS, day_count
from strate.dashboard.values import shown
from strate.dashboard.views import link
from strate.report.numbers import SPACE, count
from strate.report.read import Segment, read_segments
from strate.report.sections.parts import Figure, Table, title_of, words

STATES = {"active": "Going on", "recovered": "Over", "all": "All"}
VERBS = {"fall": "fell", "rise": "rose"}
OFF = "alerts came later than the version that published it."


def page() -> None:
    """Show the page."""
    publication = current()
    show.title("Alerts", "Falls and rises of segments beyond what weekday, season and chance explain.")
    if not needs("segment_alerts", because=OFF):
        return
    found = ask(publication, alerts)
    show.verdict(*told(found))
    if found.empty:
        return
    segments = {one.key: one for one in ask(publication, read_segments)} if "segments" in publication.tables else {}
    state = address.choose(
        "Which alerts", "state", STATES, "active" if found["is_current"].any() else "all", clears=("alert",)
    )
    if state != "all":
        found = found[found["is_current"] == (state == "active")]
    if found.empty:
        show.empty("No alert is over yet." if state == "recovered" else "No alert goes on.")
        return
    _list(found, segments, state)
    _one(found, segments)


def told(found: pd.DataFrame) -> tuple[str, str]:
    """Return a look and a sentence on all alerts."""
    publication = current()
    has_days = "segment_performance" in publication.tables
    going_on = int(found["is_current"].sum())
    return verdict(going_on, len(found) - going_on, ask(publication, day_count) if has_days else 0)


def verdict(going_on: int, over: int, days: int) -> tuple[str, str]:
    """Return a look and a sentence on how many alerts there are, of segments of which so many days are known."""
    needed = AlertSettings().warm_up_days
    if not going_on and not over and days < needed:
        return "unknown", f"Nothing is judged yet: that takes {needed} days of segments, and {count(days)} are known."
    earlier = f"; {count(over)} {'is' if over == 1 else 'are'} over" if over else ""
    if not going_on:
        return "good", f"No alert goes on{earlier}."
    return "fair", f"{count(going_on)} {'alert goes' if going_on == 1 else 'alerts go'} on{earlier}."


def _list(found: pd.DataFrame, segments: Mapping[str, Segment], state: str) -> None:
    """Put the alerts as a table."""
    currency = current().currency
    show.heading("The alerts")
    frame = pd.DataFrame(
        {
            "segment": [_name(row, segments) for row in found.itertuples()],
            "segmentation": found["segmentation"].map(title_of).to_numpy(),
            "what": [f"{_label(row.metric)} {VERBS.get(row.kind, row.kind)}" for row in found.itertuples()],
            "by": [_percent(row.effect) for row in found.itertuples()],
            "observed": [shown(row.observed, _kind(row.metric), currency) for row in found.itertuples()],
            "expected": [shown(row.expected, _kind(row.metric), currency) for row in found.itertuples()],
            "since": found["started_on"].dt.date.to_numpy(),
            "found on": found["detected_on"].dt.date.to_numpy(),
            "over since": found["recovered_on"].dt.date.to_numpy(),
        }
    )
    if frame["over since"].isna().all():
        frame = frame.drop(columns="over since")
    right = {name: {"alignment": "right"} for name in ("by", "observed", "expected")}
    show.table(frame, f"alerts-{state}", "Alerts", config=right)


def _one(found: pd.DataFrame, segments: Mapping[str, Segment]) -> None:
    """Put one alert with its series and limits."""
    publication = current()
    show.heading("One alert")
    options = {row.alert_id: _sentence(row, segments) for row in found.itertuples()}
    chosen = address.choose("Alert", "alert", options)
    row = next(row for row in found.itertuples() if row.alert_id == chosen)
    kind, currency = _kind(row.metric), publication.currency
    low, high = (shown(value, kind, currency) for value in (row.lower_limit, row.upper_limit))
    finding = (
        f"{shown(row.observed, kind, currency)} where {shown(row.expected, kind, currency)} was expected; between "
        f"{low} and {high} would have been no event. {_end(row)}"
    )
    if publication.missing(["segment_performance"]) or row.metric not in INDICATORS:
        show.text(f"{options[chosen]} {finding}")
        return
    frame = ask(publication, alerted_series, row.segmentation, row.segment_key, row.metric)
    frame = frame[frame["value"].notna()]
    if frame.empty:
        show.text(f"{options[chosen]} {finding}")
        return
    name = _name(row, segments)
    is_mean = len(INDICATORS[row.metric].sums) == 1
    title = f"{_label(row.metric)} of {name}, {'a day on average, ' if is_mean else ''}by week"
    rows = [
        {
            "date": f"{day:%Y-%m-%d}",
            "value": float(value),
            "name": name,
            "tip": f"Week of {day:%Y-%m-%d}: {shown(value, kind, currency)}",
        }
        for day, value in zip(frame["period"], frame["value"], strict=True)
    ]
    limits = [row.lower_limit, row.upper_limit]
    band = None
    if not any(pd.isna(limit) for limit in limits):
        last = frame["period"].iloc[-1]
        end = row.last_seen_on if pd.notna(row.last_seen_on) else last
        band = {"start": f"{row.started_on:%Y-%m-%d}", "end": f"{end:%Y-%m-%d}", "low": limits[0], "high": limits[1]}
    finding += " The shaded field is where it would have been no event."
    table = Table(
        ("week of", _label(row.metric).lower()),
        [
            (f"{day:%Y-%m-%d}", shown(value, kind, currency))
            for day, value in zip(frame["period"], frame["value"], strict=True)
        ],
    )
    spec = charts.over_time(rows, [name], kind, f"{title}. {finding}", from_zero=False, band=band)
    show.figure(Figure(title, finding, spec, table), f"alert-{chosen}")
    link("segments", "This segment", segmentation=row.segmentation, segment=row.segment_key, indicator=row.metric)


def _sentence(row, segments: Mapping[str, Segment]) -> str:
    """Return an alert in a sentence."""
    return (
        f"{_name(row, segments)}: {_label(row.metric).lower()} {VERBS.get(row.kind, row.kind)} by "
        f"{_percent(abs(row.effect), is_signed=False)} from {row.started_on.day} {row.started_on:%B %Y} on"
    )


def _end(row) -> str:
    """Return whether an alert goes on."""
    if pd.isna(row.recovered_on):
        return f"It goes on, last seen on {row.last_seen_on:%Y-%m-%d}."
    return f"It was over on {row.recovered_on:%Y-%m-%d}."


def _name(row, segments: Mapping[str, Segment]) -> str:
    """Return a segment's label; one that is no more is told by its key."""
    return segments[row.segment_key].label if row.segment_key in segments else words(row.segment_key)


def _label(metric: str) -> str:
    return INDICATORS[metric].label if metric in INDICATORS else words(metric).capitalize()


def _kind(metric: str) -> str:
    return INDICATORS[metric].kind if metric in INDICATORS else "number"


def _percent(effect: float, *, is_signed: bool = True) -> str:
    """Return a relative change, with a true minus."""
    sign = "+" if is_signed else ""
    return f"{effect * 100:{sign},.0f}{SPACE}%".replace("-", "\N{MINUS SIGN}")
