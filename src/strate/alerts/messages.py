"""What people are told: a few plain lines, fit for a phone."""

from dataclasses import dataclass
from datetime import date
from urllib.parse import urlencode

from strate.alerts.events import NEW_LEVEL

MOST_LINES = 10
"""So many events are named in a message; of others it says how many there are."""

# What a figure is called, and how it is written. A rate is a share; the others are numbers of a day.
_METRICS = {
    "customer_count": ("customers", "{:,.0f}"),
    "session_count": ("sessions a day", "{:,.0f}"),
    "order_count": ("orders a day", "{:,.1f}"),
    "revenue": ("revenue a day", "{:,.0f}"),
    "conversion_rate": ("conversion rate", "{:.1%}"),
    "average_order_value": ("average order value", "{:,.2f}"),
    "engaged_minutes_per_session": ("engaged minutes per session", "{:.1f}"),
    "open_rate": ("open rate", "{:.1%}"),
    "click_rate": ("click rate", "{:.1%}"),
    "unsubscribe_rate": ("unsubscribe rate", "{:.2%}"),
    "feedback_score": ("feedback score", "{:.2f}"),
}


@dataclass(frozen=True)
class Alert:
    """What a message needs of a row of segment_alerts.

    Attributes
    ----------
    alert_id, segmentation, segment_key, metric, kind, outcome : str
        As in segment_alerts; outcome is `withdrawn` where the event is not found any more, as after a correction.
    name : str
        Name of the segment.
    started_on : datetime.date
        As in segment_alerts; so `observed`, `expected` and `effect`.
    """

    alert_id: str
    segmentation: str
    segment_key: str
    metric: str
    kind: str
    outcome: str
    name: str
    started_on: date
    observed: float
    expected: float
    effect: float

    @property
    def place(self) -> tuple[str, str, str, str]:
        """What two events have in common that tell the same news."""
        return self.segmentation, self.segment_key, self.metric, self.kind


@dataclass(frozen=True)
class News:
    """What a target has not been told yet."""

    begun: tuple[Alert, ...]
    ended: tuple[Alert, ...]

    def __bool__(self) -> bool:
        """Whether there is anything to tell."""
        return bool(self.begun or self.ended)


def title_of(news: News) -> str:
    """Return the first line."""
    count = len(news.begun)
    parts = [f"{count} alert{'s' * (count != 1)}"] if count else []
    if news.ended:
        parts.append(f"{len(news.ended)} over")
    return f"Segments: {', '.join(parts)}"


def body_of(news: News, link: str | None = None) -> str:
    """Return the lines, the largest changes first.

    Parameters
    ----------
    news : News
        What to tell.
    link : str, optional
        Base address of the dashboard: each event has a link to its segment.
    """
    begun = sorted(news.begun, key=lambda alert: (-abs(alert.effect), alert.alert_id))
    lines = [(alert, _begun(alert)) for alert in begun]
    lines += [(alert, _ended(alert)) for alert in sorted(news.ended, key=lambda alert: alert.alert_id)]
    shown = [text + (f"\n{segment_link(link, alert)}" if link else "") for alert, text in lines[:MOST_LINES]]
    if len(lines) > MOST_LINES:
        shown.append(f"And {len(lines) - MOST_LINES} more." + (f"\n{link.rstrip('/')}/alerts" if link else ""))
    return "\n".join(shown)


def segment_link(base: str, alert: Alert) -> str:
    """Return the address of a segment on the dashboard."""
    query = urlencode({"segmentation": alert.segmentation, "segment": alert.segment_key})
    return f"{base.rstrip('/')}/segments?{query}"


def _begun(alert: Alert) -> str:
    words, form = _METRICS.get(alert.metric, (alert.metric, "{:,.2f}"))
    direction = "below" if alert.kind == "fall" else "above"
    figures = f"{form.format(alert.observed)} instead of {form.format(alert.expected)}"
    return f"{_place(alert)}: {words} {abs(alert.effect):.0%} {direction} what is usual, {figures}, since {_day(alert)}"


def _ended(alert: Alert) -> str:
    words, _ = _METRICS.get(alert.metric, (alert.metric, ""))
    end = {
        NEW_LEVEL: "has lasted, and is what later days are compared with",
        "withdrawn": "is not found any more, as data have changed",
    }.get(alert.outcome, "is over")
    return f"{_place(alert)}: the {alert.kind} of {words} since {_day(alert)} {end}"


def _place(alert: Alert) -> str:
    return f"{_plain(alert.name)} ({_plain(alert.segmentation)})"


def _day(alert: Alert) -> str:
    return alert.started_on.isoformat()


def _plain(text: str) -> str:
    """Return a text of the data without what chat programs read as a mention, a link or a new line."""
    return "".join(sign if sign.isprintable() and sign not in "<>@*_`|[]" else " " for sign in text).strip()
