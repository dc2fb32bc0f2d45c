"""Falls and rises of what the members of a segment do."""

import numpy as np

from strate.alerts.baseline import Baseline
from strate.alerts.events import NEW_LEVEL, RECOVERED, Event, change_point
from strate.alerts.limits import Tail
from strate.alerts.metrics import METRICS, Panel
from strate.alerts.settings import AlertSettings

_CERTAIN = 6.0
"""Standard deviations between two levels that a window tells apart from one day to the next without wavering."""


class RateMonitor:
    """Judges day after day, each by what was known when it began.

    Parameters
    ----------
    panel : Panel
        What is watched.
    settings : AlertSettings
        The vars.
    """

    def __init__(self, panel: Panel, settings: AlertSettings) -> None:
        self._panel, self._settings = panel, settings
        self._base = Baseline(panel, settings)
        n_windows = len(settings.windows)
        self._tail = Tail(len(METRICS) * n_windows)
        self._group = panel.metric_of[:, None] * n_windows + np.arange(n_windows)
        self._open: dict[int, tuple[Event, int, int]] = {}  # by series: event, first day, window
        self.events: list[Event] = []
        self.was_judged = np.zeros(len(panel.metric_of), dtype=bool)

    def p_values(self, day: int) -> np.ndarray:
        """Return the p-value of each series on a day; NaN where it is not judged, or an event is open."""
        base = self._base
        base.expect(day)
        self.was_judged |= ~np.isnan(base.score).all(axis=1)
        scores = base.old_scores(day)
        self._tail.learn(self._group.ravel(), scores.ravel())
        self._p = self._tail.p_values(self._group.ravel(), base.score.ravel()).reshape(base.score.shape)
        is_calm = np.ones(len(self._p), dtype=bool)
        is_calm[list(self._open)] = False
        for series in sorted(self._open):
            self._follow(series, day)
        # The windows of one series are tests of one thing (Bonferroni), the series of a day are many (q-values).
        smallest = np.fmin.reduce(self._p, axis=1)
        return np.where(is_calm, np.minimum(smallest * self._p.shape[1], 1), np.nan)

    def begin(self, series: int, day: int, p_value: float, q_value: float, limit: float) -> None:
        """Open an event for a series that was found, if its effect is large enough.

        Parameters
        ----------
        series, day : int
            Which.
        p_value, q_value : float
            Of the series on that day.
        limit : float
            The largest p-value that counts as found that day.
        """
        base, panel = self._base, self._panel
        with np.errstate(invalid="ignore", divide="ignore"):
            effects = base.observed[series] / base.expected[series] - 1
        place = int(np.nanargmin(self._p[series]))
        effect = effects[place]
        if abs(effect) < self._settings.min_effect:
            return
        window = int(base.windows[place])
        days = slice(max(day - window + 1, 0), day + 1)
        expected = base.expected_days(series, days)
        first = days.start + change_point(base.top[series, days], expected)
        score = self._tail.scores_at(self._group[series, place : place + 1], limit / len(base.windows))[0]
        unit = self._unit(series, days)
        observed, mean = base.observed[series, place] / unit, base.expected[series, place] / unit
        # The limit that the figure is beyond: its own distance, by as much as the score would have to be smaller.
        reach = abs(observed - mean) * score / abs(base.score[series, place])
        metric = METRICS[panel.metric_of[series]]
        segment = panel.segments.iloc[panel.segment_of[series]]
        event = Event(
            segmentation=segment["segmentation"],
            segment_key=segment["segment_key"],
            metric=metric.name,
            kind="fall" if effect < 0 else "rise",
            started_on=panel.days[first],
            detected_on=panel.days[day],
            window_days=window,
            observed=float(observed),
            expected=float(mean),
            lower_limit=float(max(mean - reach, 0)),
            upper_limit=float(mean + reach),
            effect=float(effect),
            p_value=float(p_value),
            q_value=float(q_value),
            as_of_date=panel.as_of_dates[panel.segment_of[series], day],
            last_seen_on=panel.days[day],
        )
        self.events.append(event)
        self._open[series] = event, first, window
        base.cover(series, first, day)

    def _unit(self, series: int, days: slice) -> float:
        """Return what sums are divided by to show them: days with data, or the denominators."""
        bottom = self._base.bottom[series, days]
        if METRICS[self._panel.metric_of[series]].is_per_customer:
            return float((bottom > 0).sum())
        return float(bottom.sum())

    def _follow(self, series: int, day: int) -> None:
        """See whether an open event goes on: whether the figure is nearer to the event's than to what is expected."""
        event, first, window = self._open[series]
        base, settings, today = self._base, self._settings, self._panel.days[day]
        base.cover(series, first, day)
        place = self._judge_of(series, event, window, day - first + 1)
        expected = base.expected[series, place]
        if base.is_known[series, day] and expected > 0:
            effect = base.observed[series, place] / expected - 1
            if abs(effect) < abs(event.effect) / 2 or (effect < 0) != (event.effect < 0):
                event.end(today, RECOVERED)
                # What was odd is neither to be found again by a longer window, nor what later days are compared with.
                base.leave_out(series, first, day - 1 if settings.windows[place] == 1 else day)
                del self._open[series]
                return
            event.last_seen_on = today
        if day - first + 1 >= settings.new_level_days:
            event.end(today, NEW_LEVEL)
            base.start_anew(series, first, day)
            del self._open[series]

    def _judge_of(self, series: int, event: Event, window: int, days: int) -> int:
        """Return the shortest window within the event that can tell, else the longest, at first that which told it."""
        windows = self._settings.windows
        within = [place for place, length in enumerate(windows) if length <= days]
        if not within:
            return list(windows).index(window)
        size = self._base.expected[series] / self._base.noise[series]
        able = [place for place in within if abs(event.effect) * np.sqrt(size[place]) >= _CERTAIN]
        return able[0] if able else max(within[-1], list(windows).index(window))
