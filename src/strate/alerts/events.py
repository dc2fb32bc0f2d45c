"""Events: when one begins, how long it lasts, and how it ends. One event is one row."""

import hashlib
from dataclasses import asdict, dataclass, fields

import numpy as np
import pandas as pd

OPEN, RECOVERED, NEW_LEVEL = "open", "recovered", "new_level"


@dataclass
class Event:
    """One fall or rise.

    Attributes
    ----------
    segmentation, segment_key, metric : str
        Where.
    kind : str
        fall or rise.
    started_on : numpy.datetime64
        Day from which on the figure has most probably been another.
    detected_on : numpy.datetime64
        Day on which that was certain enough.
    window_days : int
        Length of the window that told it.
    observed, expected, lower_limit, upper_limit, effect : float
        Of that window when the event was detected, in the metric's unit; effect is the relative change.
    p_value, q_value : float
        Of the segment and metric on that day, over all windows; over all segments and metrics.
    as_of_date : numpy.datetime64
        Date of the membership on the day of detection.
    last_seen_on : numpy.datetime64
        Last day on which it was still seen.
    recovered_on : numpy.datetime64
        Day on which the event ended; NaT while it goes on.
    outcome : str
        open, recovered, or new_level when the change lasted so long that it is the level to compare with.
    """

    segmentation: str
    segment_key: str
    metric: str
    kind: str
    started_on: np.datetime64
    detected_on: np.datetime64
    window_days: int
    observed: float
    expected: float
    lower_limit: float
    upper_limit: float
    effect: float
    p_value: float
    q_value: float
    as_of_date: np.datetime64
    last_seen_on: np.datetime64
    recovered_on: np.datetime64 = np.datetime64("NaT")  # noqa: RUF009
    outcome: str = OPEN

    @property
    def alert_id(self) -> str:
        """Hash of what makes the event this one."""
        parts = (self.segmentation, self.segment_key, self.metric, str(self.started_on))
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]

    def end(self, day: np.datetime64, outcome: str) -> None:
        """Close the event."""
        self.recovered_on, self.outcome = day, outcome


COLUMNS = ["alert_id", *(field.name for field in fields(Event))]
NUMBERS = [field.name for field in fields(Event) if field.type in (int, float)]
DATES = [field.name for field in fields(Event) if field.type is np.datetime64]


def events_table(events: list[Event]) -> pd.DataFrame:
    """Return one row per event, ordered by detection and place."""
    rows = [{"alert_id": event.alert_id} | asdict(event) for event in events]
    table = pd.DataFrame(rows, columns=COLUMNS)
    for name in DATES:
        table[name] = pd.to_datetime(table[name]).astype("datetime64[s]")
    order = ["detected_on", "segmentation", "segment_key", "metric", "started_on"]
    return table.sort_values(order, ignore_index=True)


def change_point(observed: np.ndarray, expected: np.ndarray) -> int:
    """Return the position from which on sums differ most from what is expected, in standard deviations.

    Parameters
    ----------
    observed, expected : numpy.ndarray of shape (n_days,)
        Of the window that told the event, in the order of days.

    References
    ----------
    Page, E. (1954). Continuous inspection schemes. Biometrika 41: the change that maximises the cumulative sum.
    """
    gap = np.cumsum((observed - expected)[::-1])
    total = np.cumsum(expected[::-1])
    with np.errstate(invalid="ignore", divide="ignore"):
        size = np.where(total > 0, np.abs(gap) / np.sqrt(total), 0)
    return len(observed) - 1 - int(np.argmax(size))
