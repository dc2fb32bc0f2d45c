"""How good the scores were over the last horizon that is over, and what they say of the segments."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date

import duckdb

NEEDED = ("score_evaluations", "customer_scores", "customer_segments")
TARGETS = ("purchase", "click", "churn")


@dataclass(frozen=True)
class Tenth:
    """One of ten groups of customers by probability, 10 the highest; a share is None where nobody is in it.

    `captured` is the share of all of whom it came true that is in this group and those above it.
    """

    number: int
    predicted: float | None
    actual: float | None
    captured: float | None


@dataclass(frozen=True)
class Target:
    """A propensity: its champion and outcome, and what its champion and the past rate did on the date tested on.

    `captured` has the past rate's shares by group, as `Tenth.captured`; it is empty where that is the champion, or
    nothing could be judged.
    """

    name: str
    method: str
    outcome: str
    tested_on: date | None
    label_share: float | None
    auc: float | None
    past_rate_auc: float | None
    calibration_error: float | None
    tenths: list[Tenth] = field(default_factory=list)
    past_rate_captured: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class SegmentScore:
    """Quartiles of the composite score in a segment."""

    segmentation: str
    segment_key: str
    low: float
    median: float
    high: float


@dataclass
class Scores:
    """The propensities that were learned, and the composite score by segment."""

    targets: list[Target] = field(default_factory=list)
    segments: list[SegmentScore] = field(default_factory=list)


def read_scores(connection: duckdb.DuckDBPyConnection, tables: Collection[str]) -> Scores | None:
    """Read the scores; None where a mart of them is not there."""
    if not set(NEEDED) <= set(tables):
        return None
    return Scores(read_targets(connection), read_segment_scores(connection))


def read_targets(connection: duckdb.DuckDBPyConnection) -> list[Target]:
    """Return the propensities that are on."""
    return [target for name in TARGETS if (target := _read_target(connection, name))]


def read_segment_scores(connection: duckdb.DuckDBPyConnection, segmentation: str | None = None) -> list[SegmentScore]:
    """Return quartiles of the composite score in the segments of one segmentation, or of all."""
    rows = connection.execute(
        """
        select
            customer_segments.segmentation, customer_segments.segment_key,
            quantile_cont(customer_scores.composite_score, 0.25), median(customer_scores.composite_score),
            quantile_cont(customer_scores.composite_score, 0.75)
        from customer_scores
        inner join customer_segments using (customer_id, as_of_date)
        where
            customer_scores.composite_score is not null
            and ($segmentation is null or customer_segments.segmentation = $segmentation)
        group by all
        order by all
        """,
        {"segmentation": segmentation},
    ).fetchall()
    return [SegmentScore(*row) for row in rows]


def _read_target(connection: duckdb.DuckDBPyConnection, name: str) -> Target | None:
    """Return what was judged of a target; None where it is off."""
    model = connection.execute(
        """
        select max(method), max(case when name = 'champion_outcome' then detail end)
        from score_evaluations where score = $name and fact_type = 'model'
        """,
        {"name": name},
    ).fetchall()[0]
    if model[0] is None:
        return None
    facts = connection.execute(
        """
        select method, as_of_date, name, value
        from score_evaluations
        where score = $name and fact_type = 'metric' and name in ('auc', 'calibration_error', 'label_share')
        """,
        {"name": name},
    ).fetchall()
    figures = {(method, fact): value for method, _, fact, value in facts}
    groups = connection.execute(
        """
        select method, position, name, value
        from score_evaluations
        where
            score = $name
            and (fact_type, name) in (('calibration', 'predicted'), ('calibration', 'actual'), ('lift', 'captured'))
        order by position
        """,
        {"name": name},
    ).fetchall()
    by_place = {(method, position, fact): value for method, position, fact, value in groups}
    method = model[0]
    tenths = [
        Tenth(number, *(by_place.get((method, number, fact)) for fact in ("predicted", "actual", "captured")))
        for number in range(1, 11)
    ]
    baseline = [by_place.get(("past_rate", number, "captured")) for number in range(1, 11)]
    return Target(
        name=name,
        method=method,
        outcome=model[1] or "scored",
        tested_on=max((day for _, day, _, _ in facts), default=None),
        label_share=figures.get((method, "label_share")),
        auc=figures.get((method, "auc")),
        past_rate_auc=figures.get(("past_rate", "auc")),
        calibration_error=figures.get((method, "calibration_error")),
        tenths=tenths if any(tenth.captured is not None for tenth in tenths) else [],
        past_rate_captured=[] if method == "past_rate" else [share for share in baseline if share is not None],
    )
