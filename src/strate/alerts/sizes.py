"""Falls and rises of the size of a segmentation's segments: a step at each as-of date, judged once."""

import numpy as np
import pandas as pd
from scipy.stats import t as student

from strate.alerts.events import NEW_LEVEL, RECOVERED, Event
from strate.alerts.metrics import KEYS, SIZE
from strate.alerts.settings import AlertSettings

LEAST_CHANGES = 4
"""A size is judged once so many earlier changes are known, overlapping ones counted in part."""
_PRIOR_CHANGES = 4  # as many changes speak for what turnover lets expect as for the segment's own
_KEEP = np.exp(-1 / 24)
_CAP = 9.0


class SizeMonitor:
    """Judges sizes of one segmentation at each of its as-of dates against those of dates before.

    A size is compared with the one as many days before as each window has, or at the nearest earlier date. The change
    is judged by earlier changes over as many days: their mean, and their variance, which is drawn towards that of
    members who come and go independently.

    Parameters
    ----------
    rows : pandas.DataFrame
        As for `panel_of`, of one segmentation: each has its own dates, and one that was not made at a date says nothing
        about that date.
    segments : pandas.DataFrame
        Its segments: `segmentation` and `segment_key`, numbered from 0.
    days : numpy.ndarray of datetime64[D], of shape (n_days,)
        Every day, as in `Panel`.
    settings : AlertSettings
        The vars.
    """

    def __init__(self, rows: pd.DataFrame, segments: pd.DataFrame, days: np.ndarray, settings: AlertSettings) -> None:
        self._segments, self._days, self._settings = segments, days, settings
        steps = (
            rows.groupby([*KEYS, "as_of_date"], sort=True)
            .agg(
                day=("activity_date", "min"), size=(SIZE, "max"), come=("entry_count", "sum"), go=("exit_count", "sum")
            )
            .reset_index()
        )
        self._dates = np.sort(steps["as_of_date"].unique()).astype("datetime64[D]")
        first_days = steps.groupby("as_of_date", sort=True)["day"].min().to_numpy().astype("datetime64[D]")
        self._date_on = {int(position): number for number, position in enumerate((first_days - days[0]).astype(int))}
        row = segments.reset_index(names="row").merge(steps[KEYS], on=KEYS, how="right")["row"].to_numpy()
        column = np.searchsorted(self._dates, steps["as_of_date"].to_numpy().astype("datetime64[D]"))
        n_segments, n_dates = len(segments), len(self._dates)
        self._sizes, self._turnover = np.zeros((2, n_segments, n_dates))
        self._sizes[row, column] = steps["size"].to_numpy(dtype="float64", na_value=0)
        turnover = (steps["come"] + steps["go"]).to_numpy(dtype="float64", na_value=0)
        self._turnover[row, column] = turnover
        # A segment is new until it is first seen; one that is not seen any more has nobody.
        first_seen = np.full(n_segments, n_dates)
        np.minimum.at(first_seen, row, column)
        self._is_there = np.arange(n_dates) >= first_seen[:, None]
        self._turnover_before = np.cumsum(self._turnover, axis=1)
        n_lags = len(settings.windows)
        # Sums over earlier changes: relative change, its square by members, turnover by members, number.
        self._sums = np.zeros((4, n_segments, n_lags))
        self._is_odd = np.zeros((n_segments, n_dates), dtype=bool)
        self._open: dict[int, tuple[Event, int]] = {}
        self.events: list[Event] = []
        self.was_judged = np.zeros(n_segments, dtype=bool)

    def __len__(self) -> int:
        """Return the number of segments."""
        return len(self._segments)

    def p_values(self, day: int) -> np.ndarray:
        """Return the p-value of each segment's size on a day; NaN where it is not the first day of a new membership."""
        n_segments, n_lags = len(self._sizes), len(self._settings.windows)
        number = self._date_on.get(day)
        if number is None or number == 0:
            return np.full(n_segments, np.nan)
        self._follow(number, day)
        self._size = self._sizes[:, number]
        self._reference = np.full((n_segments, n_lags), -1)
        for lag, window in enumerate(self._settings.windows):
            last = np.searchsorted(self._dates, self._dates[number] - window, side="right") - 1
            last = min(last, number - 1)
            if last >= 0:
                usable = self._is_there[:, : last + 1] & ~self._is_odd[:, : last + 1]
                self._reference[:, lag] = np.where(usable.any(axis=1), last - np.argmax(usable[:, ::-1], axis=1), -1)
        rows = np.arange(n_segments)[:, None]
        before = np.where(self._reference >= 0, self._sizes[rows, self._reference], np.nan)
        before[before == 0] = np.nan
        change = (self._size[:, None] - before) / before
        turnover = (self._turnover_before[:, [number]] - self._turnover_before[rows, self._reference]) / before

        growth, square, come_and_go, count = self._sums
        spacing = np.median(np.diff(self._dates[: number + 1]).astype(int))
        overlap = np.maximum(np.asarray(self._settings.windows) / spacing, 1)
        known = count / overlap
        with np.errstate(invalid="ignore", divide="ignore"):
            mean = growth / (count + LEAST_CHANGES * overlap)
            own, chance = square / count, come_and_go / count
            ratios = (own / chance)[(known >= LEAST_CHANGES) & (chance > 0)]
            ratio = np.median(ratios) if len(ratios) else 1.0
            noise = (known * own + _PRIOR_CHANGES * ratio * chance) / (known + _PRIOR_CHANGES)
            # Nobody comes or goes in parts: the variance is at least that of one member.
            deviation = np.sqrt(noise / before + 1 / before**2)
            score = (change - mean) / deviation
        freedom = known + _PRIOR_CHANGES
        self._expected, self._deviation, self._freedom = before * (1 + mean), before * deviation, freedom
        is_judged = (known >= LEAST_CHANGES) & (before >= self._settings.min_count)
        p_values = np.where(is_judged, 2 * student.sf(np.abs(score), freedom), np.nan)
        self._p = p_values
        # A change over several windows may be the same one, when dates are far apart: it is one test.
        n_tests = 1 + (np.diff(self._reference, axis=1) != 0).sum(axis=1)
        with np.errstate(invalid="ignore"):
            result = np.minimum(np.fmin.reduce(p_values, axis=1) * n_tests, 1)
        result[list(self._open)] = np.nan
        self.was_judged |= ~np.isnan(result)

        is_calm = np.ones(n_segments, dtype=bool)
        is_calm[list(self._open)] = False
        learns = ~np.isnan(change) & ~np.isnan(turnover) & is_calm[:, None]
        squares = (change - mean) ** 2 * before
        with np.errstate(invalid="ignore"):
            squares = np.where(
                known >= LEAST_CHANGES, np.minimum(squares, _CAP * np.maximum(noise, 1 / before)), squares
            )
            limit = 3 * deviation
            change = np.where(known >= LEAST_CHANGES, np.clip(change, mean - limit, mean + limit), change)
        values = np.stack([change, squares, turnover, np.ones_like(change)])
        self._sums = np.where(learns, self._sums * _KEEP + np.nan_to_num(values), self._sums)
        self._number = number
        return result

    def begin(self, segment: int, day: int, p_value: float, q_value: float, limit: float) -> None:
        """Open an event for a size that was found, if its effect is large enough."""
        place = int(np.nanargmin(self._p[segment]))
        size, expected = self._size[segment], self._expected[segment, place]
        effect = size / expected - 1
        if abs(effect) < self._settings.min_effect:
            return
        reach = self._deviation[segment, place] * student.isf(limit / 2, self._freedom[segment, place])
        key = self._segments.iloc[segment]
        today = self._days[day]
        event = Event(
            segmentation=key["segmentation"],
            segment_key=key["segment_key"],
            metric=SIZE,
            kind="fall" if effect < 0 else "rise",
            started_on=today,
            detected_on=today,
            window_days=self._settings.windows[place],
            observed=float(size),
            expected=float(expected),
            lower_limit=float(max(expected - reach, 0)),
            upper_limit=float(expected + reach),
            effect=float(effect),
            p_value=float(p_value),
            q_value=float(q_value),
            as_of_date=self._dates[self._number],
            last_seen_on=today,
        )
        self.events.append(event)
        self._open[segment] = event, self._number

    def _follow(self, number: int, day: int) -> None:
        today = self._days[day]
        for segment in sorted(self._open):
            event, first = self._open[segment]
            effect = self._sizes[segment, number] / event.expected - 1
            is_alike = (effect < 0) == (event.kind == "fall")
            if is_alike and abs(effect) >= self._settings.min_effect / 2:
                event.last_seen_on = today
                if (today - event.started_on).astype(int) + 1 >= self._settings.new_level_days:
                    event.end(today, NEW_LEVEL)
                    del self._open[segment]
                    # What it was before is no measure of what it will be.
                    self._is_odd[segment, :first] = True
                continue
            event.end(today, RECOVERED)
            self._is_odd[segment, first:number] = True
            del self._open[segment]
