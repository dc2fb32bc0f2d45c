"""What is watched: each metric as a sum over a sum, by segment and day."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

KEYS = ["segmentation", "segment_key"]


@dataclass(frozen=True)
class Metric:
    """A ratio of two sums of segment_performance.

    Attributes
    ----------
    name : str
        Column of segment_performance that shows it.
    numerator, denominator : str
        Columns of sums. A metric over customers is a count or an amount per member, so that a segment that grows is no
        news about what its members do.
    is_count : bool
        Whether the numerator counts things, so that its variance cannot be less than that of chance.
    is_share : bool
        Whether the numerator is a part of the denominator.
    """

    name: str
    numerator: str
    denominator: str
    is_count: bool = True
    is_share: bool = False

    @property
    def counted(self) -> str:
        """Column that counts what a figure is made of: orders of revenue, sessions of a rate of sessions."""
        if not self.is_per_customer:
            return self.denominator
        return self.numerator if self.is_count else "order_count"

    @property
    def is_per_customer(self) -> bool:
        """Whether the figure shown is the sum of a day, not the ratio."""
        return self.denominator == "customer_count"


METRICS = (
    Metric("session_count", "session_count", "customer_count"),
    Metric("order_count", "order_count", "customer_count"),
    Metric("revenue", "revenue", "customer_count", is_count=False),
    Metric("conversion_rate", "converting_session_count", "session_count", is_share=True),
    Metric("average_order_value", "revenue", "order_count", is_count=False),
    Metric("engaged_minutes_per_session", "engaged_minutes", "session_count", is_count=False),
    Metric("open_rate", "opened_count", "sent_count", is_share=True),
    Metric("click_rate", "clicked_count", "sent_count", is_share=True),
    Metric("unsubscribe_rate", "unsubscribed_count", "sent_count", is_share=True),
    Metric("feedback_score", "feedback_sum", "answer_count", is_count=False),
)
SIZE = "customer_count"
COLUMNS = [
    *KEYS,
    "activity_date",
    "as_of_date",
    "entry_count",
    "exit_count",
    *dict.fromkeys(name for metric in METRICS for name in (metric.denominator, metric.numerator, metric.name)),
]
"""The columns of segment_performance that are read."""


@dataclass(frozen=True)
class Panel:
    """All series side by side.

    Attributes
    ----------
    days : numpy.ndarray of datetime64[D], of shape (n_days,)
        Every day from the first to the last.
    segments : pandas.DataFrame
        `segmentation` and `segment_key`, in the order of the blocks below.
    numerators, denominators, counts : numpy.ndarray of shape (n_metrics * n_segments, n_days)
        Sums, the metrics one after the other; 0 where there is no row or the day is not known.
    as_of_dates : numpy.ndarray of datetime64[D], of shape (n_segments, n_days)
        Date of the membership; NaT where there is no row.
    is_known : numpy.ndarray of bool, of the same shape as the sums
        Whether the metric of the day can be judged: not where its input is off, nor as long as what follows a message
        may still come.
    """

    days: np.ndarray
    segments: pd.DataFrame
    as_of_dates: np.ndarray
    numerators: np.ndarray
    denominators: np.ndarray
    counts: np.ndarray
    is_known: np.ndarray

    @property
    def metric_of(self) -> np.ndarray:
        """Position in METRICS of each series."""
        return np.repeat(np.arange(len(METRICS)), len(self.segments))

    @property
    def segment_of(self) -> np.ndarray:
        """Row of `segments` of each series."""
        return np.tile(np.arange(len(self.segments)), len(METRICS))

    @property
    def total_of(self) -> np.ndarray:
        """Number of the segmentation and metric of each series: the series with one number make a total."""
        codes = self.segments["segmentation"].astype("category").cat.codes.to_numpy()
        return self.metric_of * (codes.max() + 1) + codes[self.segment_of]


def panel_of(rows: pd.DataFrame) -> Panel:
    """Lay rows of segment_performance out by series and day.

    Parameters
    ----------
    rows : pandas.DataFrame
        At least one row, with `COLUMNS`; one row per segmentation, segment_key and activity_date, in any order.

    Raises
    ------
    ValueError
        If a segment has two rows of one day.
    """
    date = rows["activity_date"].to_numpy().astype("datetime64[D]")
    days = np.arange(date.min(), date.max() + 1)
    segments = rows[KEYS].drop_duplicates().sort_values(KEYS, ignore_index=True)
    row = segments.reset_index(names="row").merge(rows[KEYS].reset_index(drop=True), on=KEYS, how="right")["row"]
    row, column = row.to_numpy(), (date - days[0]).astype(int)
    flat = row * len(days) + column
    if len(np.unique(flat)) < len(flat):
        twice = rows.loc[pd.Series(flat, index=rows.index).duplicated()].iloc[0]
        raise ValueError(
            "segment_performance must have one row per segment and day; "
            f"{twice['segment_key']} has two of {pd.Timestamp(twice['activity_date']).date()}."
        )
    size = (len(METRICS), len(segments), len(days))
    numerators, denominators, counts, is_known = (np.zeros(size, dtype=kind) for kind in (float, float, float, bool))
    for position, metric in enumerate(METRICS):
        top, bottom, count = (_numbers(rows[name]) for name in (metric.numerator, metric.denominator, metric.counted))
        # A ratio is null where nothing was done, which is known, or where it cannot be told, which is not.
        is_told = ~np.isnan(top) & ~np.isnan(bottom)
        if not metric.is_per_customer:
            is_told &= ~np.isnan(_numbers(rows[metric.name])) | (bottom == 0)
        numerators[position, row, column] = np.where(is_told, top, 0)
        denominators[position, row, column] = np.where(is_told, bottom, 0)
        counts[position, row, column] = np.where(is_told, count, 0)
        is_known[position, row, column] = is_told
    shape = (len(METRICS) * len(segments), len(days))
    as_of_dates = np.full((len(segments), len(days)), np.datetime64("NaT", "D"))
    as_of_dates[row, column] = rows["as_of_date"].to_numpy().astype("datetime64[D]")
    return Panel(
        days, segments, as_of_dates, *(part.reshape(shape) for part in (numerators, denominators, counts, is_known))
    )


def _numbers(column: pd.Series) -> np.ndarray:
    return pd.to_numeric(column).to_numpy(dtype="float64", na_value=np.nan)
