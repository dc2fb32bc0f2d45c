"""Made-up rows of segment_performance: stable but for what is planted, and as noisy as asked."""

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

START = pd.Timestamp("2023-01-02")


@dataclass
class World:
    """How days are drawn.

    `scale` multiplies all volumes, `dispersion` is the relative variance beyond Poisson's that days have, `correlation`
    how much of a day's mood the next one keeps, `tail` the degrees of freedom of moods (Student's t), `season` the
    amplitude of the year, `growth` the growth a year, `spacing` how many days lie between as-of dates.
    """

    days: int = 720
    segments: int = 30
    seed: int = 1
    scale: float = 1.0
    dispersion: float = 0.01
    correlation: float = 0.0
    tail: float = np.inf
    common: float = 0.0
    season: float = 0.2
    weekday: float = 0.3
    growth: float = 0.0
    spacing: int = 1
    planted: list[tuple[str, int, int, int, float]] = field(default_factory=list)

    def moods(self, rng: np.random.Generator, rows: int, spread: float) -> np.ndarray:
        """Return factors of mean 1 by row and day, which last from day to day and are shared in part."""
        shape = (rows + 1, self.days)
        noise = rng.standard_normal(shape) if np.isinf(self.tail) else rng.standard_t(self.tail, shape)
        if np.isfinite(self.tail):
            noise /= np.sqrt(self.tail / (self.tail - 2))
        kept = np.empty_like(noise)
        kept[:, 0] = noise[:, 0]
        for day in range(1, self.days):
            kept[:, day] = self.correlation * kept[:, day - 1] + np.sqrt(1 - self.correlation**2) * noise[:, day]
        mixed = np.sqrt(1 - self.common) * kept[1:] + np.sqrt(self.common) * kept[0]
        return np.exp(np.clip(spread * mixed - spread**2 / 2, -3, 3))

    def rows(self) -> pd.DataFrame:
        """Return the rows; `planted` has what, the segment, the first day, the first day after, and the factor."""
        rng = np.random.default_rng(self.seed)
        n, days = self.segments, self.days
        spread = np.sqrt(np.log1p(self.dispersion))
        index = np.arange(days)
        weekday = 1 + self.weekday * np.array([0, 0.2, 0.1, 0.3, 1.0, -0.8, -0.8])[index % 7]
        year = 1 + self.season * np.sin(2 * np.pi * index / 365.25 + 1)
        shape = weekday * year * (1 + self.growth) ** (index / 365)
        size = np.exp(rng.uniform(np.log(300), np.log(30000), n)) * self.scale
        change = {
            what: np.ones((n, days))
            for what in ("size", "sessions", "orders", "basket", "conversion", "opens", "feedback", "minutes")
        }
        for what, segment, first, last, factor in self.planted:
            change[what][segment, first:last] *= factor
        step = index // self.spacing * self.spacing
        walk = np.cumsum(rng.normal(0, 1, (n, days)) * np.sqrt(0.0002 / np.maximum(size[:, None], 1) + 1e-7), axis=1)
        members = np.maximum(np.round(size[:, None] * np.exp(walk[:, step]) * change["size"][:, step]), 0)
        moved = np.diff(members, axis=1, prepend=members[:, :1])
        churn = rng.poisson(np.where(index % self.spacing == 0, 0.01, 0) * size[:, None])
        churn[:, 0] = 0

        def count(mean: np.ndarray) -> np.ndarray:
            return rng.poisson(mean * self.moods(rng, n, spread))

        sessions = count(members * rng.uniform(0.02, 0.1, (n, 1)) * shape * change["sessions"])
        moods = self.moods(rng, n, spread)
        converting = rng.binomial(
            sessions, np.clip(rng.uniform(0.02, 0.1, (n, 1)) * moods * change["conversion"], 0, 1)
        )
        orders = count(members * rng.uniform(0.002, 0.02, (n, 1)) * shape * change["orders"])
        basket = rng.uniform(30, 120, (n, 1)) * change["basket"] * self.moods(rng, n, spread / 2)
        revenue = np.where(orders > 0, rng.gamma(np.maximum(orders, 1) * 2.0) / 2 * basket, 0)
        minutes = np.where(sessions > 0, rng.gamma(np.maximum(sessions, 1) * 1.0) * 3, 0) * change["minutes"]
        is_sent = np.isin(index % 7, [1, 4])
        sent = rng.binomial(members.astype(int), np.where(is_sent, 0.2, 0.0))
        moods = self.moods(rng, n, spread)
        opened = rng.binomial(sent, np.clip(rng.uniform(0.2, 0.4, (n, 1)) * moods * change["opens"], 0, 1))
        clicked = rng.binomial(opened, 0.1)
        unsubscribed = rng.binomial(sent, 0.002)
        answers = rng.poisson(members * 0.002 * self.moods(rng, n, spread))
        feedback = rng.beta(np.maximum(answers, 1) * 3.0, np.maximum(answers, 1) * 1.5) * answers * change["feedback"]
        dates = pd.date_range(START, periods=days)
        names = [f"s{position:02d}" for position in range(n)]
        values = {
            "customer_count": members,
            "entry_count": churn + np.maximum(moved, 0),
            "exit_count": churn + np.maximum(-moved, 0),
            "session_count": sessions,
            "converting_session_count": converting,
            "engaged_minutes": minutes,
            "buyer_count": orders,
            "order_count": orders,
            "revenue": revenue,
            "sent_count": sent,
            "opened_count": opened,
            "clicked_count": clicked,
            "unsubscribed_count": unsubscribed,
            "answer_count": answers,
            "feedback_sum": feedback,
        }
        frame = pd.DataFrame({name: value.ravel() for name, value in values.items()})
        segment = np.repeat(np.arange(n), days)
        frame.insert(0, "segmentation", np.array(["rfm", "value", "lifecycle"])[segment % 3])
        frame.insert(1, "segment_key", np.array(names)[segment])
        frame.insert(2, "activity_date", np.tile(dates, n))
        frame.insert(3, "as_of_date", np.tile(dates[step] - pd.Timedelta(days=1), n))
        for name, top, bottom in (
            ("conversion_rate", "converting_session_count", "session_count"),
            ("average_order_value", "revenue", "order_count"),
            ("engaged_minutes_per_session", "engaged_minutes", "session_count"),
            ("open_rate", "opened_count", "sent_count"),
            ("click_rate", "clicked_count", "sent_count"),
            ("unsubscribe_rate", "unsubscribed_count", "sent_count"),
            ("feedback_score", "feedback_sum", "answer_count"),
        ):
            frame[name] = frame[top] / frame[bottom].where(frame[bottom] > 0)
        return frame
