"""What each series is expected to be, from its own past: level, weekday, season, and how much it scatters."""

import numpy as np

from strate.alerts.limits import rate_scores
from strate.alerts.metrics import METRICS, Panel
from strate.alerts.settings import AlertSettings

_YEAR = 364  # a year that keeps weekdays
_SEASON_REACH = 10  # days to either side that the season of a day is taken from
_WEEKDAY_WEEKS = 26
_NOISE_DAYS = 365
_PRIOR_COUNT = 30  # as many expected counts speak for the weekdays of the segmentation as for the segment's own
_PRIOR_WINDOWS = 12  # as many windows speak for the noise of other segments as for the segment's own
_UNCAPPED_DAYS = 14
_CAP = 9.0  # squared scores beyond it teach no more noise


class Baseline:
    """The state of all series as a day begins, and what is expected of the day.

    Days enter the baseline once they are older than the longest window, so that no window is compared with itself, and
    unless an event covers them. Every array has a row per series.

    Parameters
    ----------
    panel : Panel
        What is watched.
    settings : AlertSettings
        The vars.

    Attributes
    ----------
    observed, expected : numpy.ndarray of shape (n_series, n_windows)
        Of the windows that end on the day last given to `expect`; expected is 0 where nothing can be expected yet.
    noise : numpy.ndarray of the same shape
        Variance of a sum over its expectation.
    score : numpy.ndarray of the same shape
        See `rate_scores`; NaN where not judged.
    """

    def __init__(self, panel: Panel, settings: AlertSettings) -> None:
        self.windows = np.asarray(settings.windows)
        self.lag = int(self.windows.max())
        self._keep = np.exp(-1 / settings.baseline_days)
        self._least_weight = 0.6 * settings.baseline_days
        self._keep_noise = np.exp(-1 / _NOISE_DAYS)
        self._keep_weekday = np.exp(-1 / _WEEKDAY_WEEKS)
        self._warm_up_days, self._min_count = settings.warm_up_days, settings.min_count

        n_series, n_days = panel.numerators.shape
        metrics = [METRICS[position] for position in panel.metric_of]
        self._is_count = np.array([metric.is_count for metric in metrics])
        self._is_ratio = np.array([not metric.is_per_customer for metric in metrics])
        self._is_share = np.array([metric.is_share for metric in metrics])
        self._metric, self._total = panel.metric_of, panel.total_of
        self.is_known = panel.is_known
        self._known_days = np.cumsum(panel.is_known, axis=1)
        self._weekday = (panel.days.astype(int) + 3) % 7
        self._season, self._season_counts = _season_of(panel)
        self.top = panel.numerators.copy()
        self.bottom = panel.denominators.copy()
        self._counts = panel.counts
        self._count_sums = np.zeros(n_series)
        self._is_out = np.zeros((n_series, n_days), dtype=bool)
        # Exposure: denominators times the shape of the weekday, and of the season where a year before is known.
        self.exposure = np.zeros((2, n_series, n_days))
        # One baseline without season and one with it: sums of numerators, exposures, weights, squared weights and days.
        self._sums = np.zeros((2, 5, n_series))
        self._weekday_sums = np.zeros((2, n_series, 7))
        # Squares of what was off, and the scores, of days that are too young to learn from.
        n_windows = len(self.windows)
        self._squares = np.full((2, n_series, n_days, n_windows), np.nan, dtype="float32")
        self._scores = np.full((n_series, n_days, n_windows), np.nan, dtype="float32")
        self._noise_sums = np.zeros((2, 2, n_series, n_windows))
        self._noise_now = np.ones((2, n_series, n_windows))

    def expect(self, day: int) -> None:
        """Take in the day that is old enough, and work out what is expected of the windows that end on `day`."""
        old = day - self.lag
        if old >= 0:
            self._take_in(old)
            self._learn_noise(old)
        shape = self._weekday_shape(self._weekday[day])
        self.exposure[0, :, day] = self.bottom[:, day] * shape
        self.exposure[1, :, day] = self.exposure[0, :, day] * self._season[:, day]

        starts = np.maximum(day + 1 - self.windows, 0)
        self.observed = np.stack([self.top[:, first : day + 1].sum(axis=1) for first in starts], axis=1)
        expected, noise, weight = np.zeros((3, 2, *self.observed.shape))
        rates = np.zeros((2, len(self.observed)))
        for variant in range(2):
            tops, exposures, weights, squares, spans = self._sums[variant]
            is_ready = (spans >= self._least_weight) & (tops > 0)
            with np.errstate(invalid="ignore", divide="ignore"):
                rates[variant] = np.where(is_ready, tops / exposures, 0)
                base_count = np.where(is_ready, tops * weights / squares, 0)[:, None]
                sums = [self.exposure[variant, :, first : day + 1].sum(axis=1) for first in starts]
                expected[variant] = rates[variant][:, None] * np.stack(sums, axis=1)
                weight[variant] = base_count / expected[variant]
                # The season of a year ago is itself measured, on the window and on the baseline.
                counts = self._season_counts[:, [day]]
                doubt = np.where(counts > 0, 1.5 * expected[variant] / counts, 0) if variant else 0
                spread = expected[variant] * (1 + 1 / weight[variant] + doubt)
                squares = (self.observed - expected[variant]) ** 2 / spread
            is_told = self.is_known[:, [day]] & (expected[variant] > 0)
            self._squares[variant, :, day] = np.where(is_told, squares, np.nan)
            noise[variant] = self._noise_now[variant] * (1 + doubt)
        is_whole = (self._season[:, starts[-1] : day + 1] > 0).all(axis=1)
        has_season = is_whole & (rates[1] > 0) & (self._noise_sums[1, 1].min(axis=1) >= self.lag)
        self._chosen = has_season.astype(int)
        rows = np.arange(len(rates[0]))
        self._rate = rates[self._chosen, rows]
        self.expected, self.noise = expected[self._chosen, rows], noise[self._chosen, rows]
        weight = weight[self._chosen, rows]
        is_judged = (
            (self.is_known[:, day] & (self._known_days[:, day] >= self._warm_up_days))[:, None]
            & (self.expected / self.noise >= self._min_count)
            & (self._counts_of(starts, day) >= self._min_count)
            & (weight > 0)
        )
        self.score = np.full_like(self.observed, np.nan)
        self.score[is_judged] = rate_scores(
            self.observed[is_judged], self.expected[is_judged], weight[is_judged], self.noise[is_judged]
        )
        self._scores[:, day] = self.score

    def _counts_of(self, starts: np.ndarray, day: int) -> np.ndarray:
        """Return how many are behind the figures of windows: as usual, and of a ratio no more than there are now."""
        usual = (self._count_sums / np.maximum(self._sums[0, 4], 1e-12))[:, None] * self.windows
        now = np.stack([self._counts[:, first : day + 1].sum(axis=1) for first in starts], axis=1)
        return np.where(self._is_ratio[:, None], np.minimum(usual, now), usual)

    def expected_days(self, series: int, days: slice) -> np.ndarray:
        """Return what was expected of each day of a window that ends on the day last judged."""
        return self._rate[series] * self.exposure[self._chosen[series], series, days]

    def old_scores(self, day: int) -> np.ndarray:
        """Return the scores of the day that has just become old enough to learn from; NaN where an event covers it."""
        old = day - self.lag
        if old < 0:
            return np.full_like(self.score, np.nan)
        return np.where(self._is_out[:, [old]], np.nan, self._scores[:, old])

    def cover(self, series: int, first: int, last: int) -> None:
        """Mark days as covered by an event: nothing is learned from them."""
        self._is_out[series, first : last + 1] = True

    def leave_out(self, series: int, first: int, last: int) -> None:
        """Take the days from `first` to `last` out of all windows to come."""
        days = slice(first, last + 1)
        self.top[series, days] = 0
        self.bottom[series, days] = 0
        self.exposure[:, series, days] = 0

    def start_anew(self, series: int, first: int, day: int) -> None:
        """Begin the baseline of a series again with the days from `first` on."""
        self._is_out[series, first : day + 1] = False
        days = slice(first, max(day - self.lag + 1, first))
        for variant in range(2):
            exposure = self.exposure[variant, series, days]
            count = (exposure > 0).sum()
            top = self.top[series, days][exposure > 0].sum()
            span = self.is_known[series, days].sum()
            self._sums[variant, :, series] = top, exposure.sum(), count, count, span
        self._count_sums[series] = self._counts[series, days].sum()

    def _take_in(self, old: int) -> None:
        is_in = self.is_known[:, old] & ~self._is_out[:, old]
        keep = np.array([self._keep, self._keep, self._keep, self._keep**2, self._keep])[:, None]
        for variant in range(2):
            exposure = self.exposure[variant, :, old]
            is_used = exposure > 0
            is_span = is_in & is_used if variant else is_in
            values = np.stack([self.top[:, old] * is_used, exposure, is_used, is_used, np.ones_like(exposure)])
            self._sums[variant] = np.where(is_span, self._sums[variant] * keep + values, self._sums[variant])
        self._count_sums = np.where(is_in, self._count_sums * self._keep + self._counts[:, old], self._count_sums)
        weekday = self._weekday[old]
        values = np.stack([self.top[:, old], self.bottom[:, old]])
        sums = self._weekday_sums[:, :, weekday]
        self._weekday_sums[:, :, weekday] = np.where(is_in, sums * self._keep_weekday + values, sums)

    def _learn_noise(self, old: int) -> None:
        """Learn from a day how much each series scatters, and draw it towards what the metric's other segments do."""
        for variant in range(2):
            squares = self._squares[variant, :, old]
            total, count = self._noise_sums[variant]
            learns = ~np.isnan(squares) & ~self._is_out[:, [old]]
            cap = np.where(count < _UNCAPPED_DAYS, np.inf, _CAP * self._noise_now[variant])
            values = np.where(learns, np.minimum(squares, cap), 0)
            total, count = (
                np.where(learns, before * self._keep_noise + value, before)
                for before, value in ((total, values), (count, 1.0))
            )
            self._noise_sums[variant] = total, count
            self._noise_now[variant] = self._noise_of(total, count, old)

    def _weekday_shape(self, weekday: int) -> np.ndarray:
        """Return how much more than on other days is expected, by series."""
        top, bottom = self._weekday_sums
        n_totals = self._total.max() + 1
        tops, bottoms = (
            np.stack([np.bincount(self._total, part[:, day], n_totals) for day in range(7)], axis=1)
            for part in (top, bottom)
        )
        with np.errstate(invalid="ignore", divide="ignore"):
            expected = np.nan_to_num(tops.sum(axis=1) / bottoms.sum(axis=1) * bottoms[:, weekday])
            total = ((tops[:, weekday] + _PRIOR_COUNT) / (expected + _PRIOR_COUNT))[self._total]
            noise = self._noise_now[0, :, 0]
            expected = np.nan_to_num(top.sum(axis=1) / bottom.sum(axis=1) * bottom[:, weekday])
        return (top[:, weekday] / noise + _PRIOR_COUNT * total) / (expected / noise + _PRIOR_COUNT)

    def _noise_of(self, total: np.ndarray, count: np.ndarray, day: int) -> np.ndarray:
        with np.errstate(invalid="ignore", divide="ignore"):
            own = total / count
            ratio = own / own[:, :1]
        growth = np.ones((len(METRICS), len(self.windows)))
        for metric in range(len(METRICS)):
            known = ratio[(self._metric == metric) & (count.min(axis=1) >= self.lag)]
            if len(known):
                growth[metric] = np.maximum(np.nanmedian(known, axis=0), 1)
        prior = own[:, :1] * growth[self._metric]
        seen = count / self.windows
        with np.errstate(invalid="ignore"):
            noise = (seen * own + _PRIOR_WINDOWS * prior) / (seen + _PRIOR_WINDOWS)
        # Counts scatter at least as chance has them do; nothing is known of the scatter of amounts before it is seen.
        rate = self._sums[0, 0] / np.maximum(self._sums[0, 1], 1e-12)
        least = np.where(self._is_share, np.clip(1 - rate, 0.05, 1), np.where(self._is_count, 1.0, 1e-9))
        return np.where(np.isnan(noise), 1.0, np.maximum(noise, least[:, None]))


def _season_of(panel: Panel) -> tuple[np.ndarray, np.ndarray]:
    """Return the level of each day a year before, of all segments of a segmentation, and the counts behind it.

    Both have the shape of the panel; 0 where the year before is not known.
    """
    n_totals = panel.total_of.max() + 1
    n_days = len(panel.days)
    season, counts = np.zeros((2, n_totals, n_days))
    reach = 2 * _SEASON_REACH + 1
    if n_days > _YEAR:
        sums = np.zeros((3, n_totals, n_days))
        for part, values in zip(sums, (panel.numerators, panel.denominators, panel.is_known), strict=True):
            np.add.at(part, panel.total_of, values)
        run = np.cumsum(np.pad(sums, ((0, 0), (0, 0), (1, 0))), axis=2)
        middle = np.arange(n_days) - _YEAR
        days = np.flatnonzero(middle >= _SEASON_REACH)
        first = middle[days] - _SEASON_REACH
        tops, bottoms, known = (part[:, first + reach] - part[:, first] for part in run)
        with np.errstate(invalid="ignore", divide="ignore"):
            season[:, days] = np.where((bottoms > 0) & (tops > 0) & (known > 0), tops / bottoms, 0)
        counts[:, days] = tops
    return season[panel.total_of], counts[panel.total_of]
