"""Telling each target once: what was told stands in a small SQLite file."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from strate.alerts.messages import Alert, News, body_of, title_of
from strate.alerts.targets import Target

PAUSES = (1.0, 4.0)
"""Seconds before the second and the third try."""
_WAIT_SECONDS = 300  # for another process that is telling
_TABLES = """
create table if not exists told (
    target text not null,
    alert_id text not null,
    segmentation text not null,
    segment_key text not null,
    metric text not null,
    kind text not null,
    name text not null,
    started_on text not null,
    told_at text not null,
    ended_at text,
    primary key (target, alert_id)
);
create table if not exists attempts (
    attempted_at text not null,
    target text not null,
    attempt integer not null,
    is_sent integer not null,
    begun_count integer not null,
    ended_count integer not null,
    reason text
);
"""


@dataclass(frozen=True)
class Delivery:
    """What became of one target's message.

    Attributes
    ----------
    target : str
        Name of the target.
    status : str
        sent, failed, would_send or nothing_new.
    news : News
        What the message told.
    attempts : int
        How often it was tried.
    reason : str, optional
        Why the last try failed.
    """

    target: str
    status: str
    news: News
    attempts: int = 0
    reason: str | None = None


class State:
    """What was told to whom, in a SQLite file.

    A message and its record are one transaction: a process that is killed in between has told and not recorded one
    message, and another process waits for the end and then finds nothing to tell.

    Parameters
    ----------
    path : pathlib.Path, or None
        File, made when it is not there; None for a state that nothing was told in and that is not kept.

    Raises
    ------
    RuntimeError
        If the file is no state of alerts, or another process does not come to an end.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        try:
            self._connection = sqlite3.connect(path or ":memory:", timeout=_WAIT_SECONDS, isolation_level=None)
            self._connection.row_factory = sqlite3.Row
            for statement in _TABLES.split(";"):
                self._connection.execute(statement)
        except sqlite3.Error as error:
            raise RuntimeError(
                f"{path} cannot be used as the state of alerts ({error}): name another with --state."
            ) from None

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Hold the file alone, and keep all that was written, or nothing."""
        try:
            self._connection.execute("begin immediate")
        except sqlite3.OperationalError as error:
            raise RuntimeError(f"{self._path} is in use by another process ({error}): try again later.") from None
        try:
            yield
        except BaseException:
            self._connection.execute("rollback")
            raise
        self._connection.execute("commit")

    def news(self, target: str, alerts: Sequence[Alert], now: datetime, cool_down: timedelta) -> News:
        """Return what a target has not been told; an event that goes on under another id is written down as told.

        An event that began again within the cool-down after it was last told waits until that is over. Nobody is told
        of events that ended before they were told.
        """
        rows = self._connection.execute("select * from told where target = ?", [target]).fetchall()
        known = {row["alert_id"] for row in rows}
        found = {alert.alert_id: alert for alert in alerts}
        lost = {_place(row): row for row in rows if row["ended_at"] is None and row["alert_id"] not in found}
        last_told: dict[tuple, datetime] = {}
        for row in rows:
            told_at = datetime.fromisoformat(row["told_at"])
            last_told[_place(row)] = max(last_told.get(_place(row), told_at), told_at)
        begun = []
        for alert in alerts:
            if alert.outcome != "open" or alert.alert_id in known:
                continue
            before = lost.pop(alert.place, None)
            if before is not None:
                self._connection.execute(
                    "update told set alert_id = ?, started_on = ? where target = ? and alert_id = ?",
                    [alert.alert_id, alert.started_on.isoformat(), target, before["alert_id"]],
                )
            elif alert.place not in last_told or now - last_told[alert.place] >= cool_down:
                begun.append(alert)
        ended = [
            found[row["alert_id"]]
            for row in rows
            if row["ended_at"] is None and row["alert_id"] in found and found[row["alert_id"]].outcome != "open"
        ]
        return News(tuple(begun), (*ended, *map(_withdrawn, lost.values())))

    def write_told(self, target: str, news: News, now: datetime) -> None:
        """Write down that a target was told."""
        for alert in news.begun:
            values = [target, alert.alert_id, *alert.place, alert.name, alert.started_on.isoformat(), now.isoformat()]
            self._connection.execute("insert into told values (?, ?, ?, ?, ?, ?, ?, ?, ?, null)", values)
        for alert in news.ended:
            self._connection.execute(
                "update told set ended_at = ? where target = ? and alert_id = ?",
                [now.isoformat(), target, alert.alert_id],
            )

    def write_attempt(self, target: str, attempt: int, news: News, now: datetime, reason: str | None) -> None:
        """Write down a try to tell."""
        self._connection.execute(
            "insert into attempts values (?, ?, ?, ?, ?, ?, ?)",
            [now.isoformat(), target, attempt, reason is None, len(news.begun), len(news.ended), reason],
        )


def deliver(
    targets: Sequence[Target],
    alerts: Sequence[Alert],
    state: State,
    *,
    cool_down: timedelta,
    link: str | None = None,
    pause: Callable[[float], None] = time.sleep,
    clock: Callable[[], datetime] = lambda: datetime.now(UTC),
) -> list[Delivery]:
    """Tell each target what it has not been told, in one message.

    Parameters
    ----------
    targets : sequence of Target
        Each is told for itself: one that cannot be reached keeps nothing from the others, and is told in the next run.
    alerts : sequence of Alert
        All rows of segment_alerts, ended ones too.
    state : State
        What was told.
    cool_down : datetime.timedelta
        See `State.news`.
    link : str, optional
        Base address of the dashboard.
    pause, clock : callable
        For tests.

    Returns
    -------
    list of Delivery
        One per target.
    """
    return [_tell(target, alerts, state, cool_down, link, pause, clock) for target in targets]


def _tell(
    target: Target,
    alerts: Sequence[Alert],
    state: State,
    cool_down: timedelta,
    link: str | None,
    pause: Callable[[float], None],
    clock: Callable[[], datetime],
) -> Delivery:
    with state.transaction():
        news = state.news(target.name, alerts, clock(), cool_down)
        if not news:
            return Delivery(target.name, "nothing_new", news)
        title, body = title_of(news), body_of(news, link)
        reason = None
        for attempt, wait in enumerate((0.0, *PAUSES), start=1):
            if wait:
                pause(wait)
            reason = target.send(title, body)
            state.write_attempt(target.name, attempt, news, clock(), reason)
            if reason is None:
                state.write_told(target.name, news, clock())
                return Delivery(target.name, "sent", news, attempt)
        return Delivery(target.name, "failed", news, attempt, reason)


def _place(row: sqlite3.Row) -> tuple[str, str, str, str]:
    return row["segmentation"], row["segment_key"], row["metric"], row["kind"]


def _withdrawn(row: sqlite3.Row) -> Alert:
    place = dict(zip(("segmentation", "segment_key", "metric", "kind"), _place(row), strict=True))
    day = datetime.fromisoformat(row["started_on"]).date()
    return Alert(
        row["alert_id"],
        **place,
        outcome="withdrawn",
        name=row["name"],
        started_on=day,
        observed=0,
        expected=0,
        effect=0,
    )


def preview(targets: Sequence[Target], alerts: Sequence[Alert], state: State, cool_down: timedelta) -> list[Delivery]:
    """Return what `deliver` would tell now, without telling it or writing anything down."""
    deliveries = []
    for target in targets:
        try:
            with state.transaction():
                news = state.news(target.name, alerts, datetime.now(UTC), cool_down)
                deliveries.append(Delivery(target.name, "would_send" if news else "nothing_new", news))
                raise _NothingWrittenError
        except _NothingWrittenError:
            continue
    return deliveries


class _NothingWrittenError(Exception):
    """Ends a transaction that was only looked into."""
