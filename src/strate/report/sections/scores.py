"""How far the scores can be trusted, and where the segments stand by them."""

from typing import Any

from strate.report import score_charts
from strate.report.numbers import count, percent
from strate.report.read import Facts
from strate.report.scores import Target
from strate.report.sections.parts import UNKNOWN, Figure, Section, Table, axis_label, colour, title_of, words

SHOWN = ("value", "lifecycle", "cluster", "rfm")
METHODS = {
    "past_rate": "Past rate",
    "recency": "Recency groups",
    "logistic": "Logistic regression",
    "random_forest": "Random forest",
    "boosting": "Gradient boosting",
    "xgboost": "XGBoost",
    "lightgbm": "LightGBM",
    "mlp": "Neural network",
}
HAPPENED = {"purchase": "bought", "click": "clicked", "churn": "churned"}


def scores(facts: Facts) -> Section:
    """Return lift and calibration of each propensity, and the composite score by segment."""
    title = "What they will do"
    intro = (
        "Scores of what customers will do in the next weeks. Lift and calibration are of a date whose horizon is over, "
        "and of methods that had not seen what came: that is how far to trust what they say today."
    )
    if facts.scores is None:
        return Section("scores", title, intro, notes=["There are no scores in this build: docs/scores.md."])
    found = facts.scores
    notes = [
        f"{words(target.name).capitalize()}: no model is used ({words(target.outcome)}), and the past rate stands in."
        for target in found.targets
        if target.outcome != "scored"
    ]
    figures = [_summary(found.targets)] if found.targets else []
    for target in found.targets:
        figures += judged(target)
    names = {segment.segmentation for segment in found.segments}
    figures += [composite(facts, name) for name in SHOWN if name in names]
    if not figures:
        notes.append("Nobody has a score.")
    return Section("scores", title, intro, figures, notes)


def judged(target: Target) -> list[Figure]:
    """Return lift and calibration of a propensity; none where nothing could be judged."""
    return [_lift(target), _calibration(target)] if target.tenths else []


def _summary(targets: list[Target]) -> Figure:
    """Return each propensity's champion beside the past rate, as a table."""
    table = Table(
        ("score", "method", "tested on", "came true", "AUC", "AUC of the past rate", "off by"),
        [
            (
                words(target.name),
                _method(target),
                UNKNOWN if target.tested_on is None else target.tested_on.isoformat(),
                UNKNOWN if target.label_share is None else percent(target.label_share),
                _decimals(target.auc),
                _decimals(target.past_rate_auc),
                UNKNOWN if target.calibration_error is None else percent(target.calibration_error),
            )
            for target in targets
        ],
        first_number=3,
    )
    finding = (
        "AUC is the chance that of two customers the one who did it had the higher probability: 0.5 is chance, 1 is "
        "perfect. “Off by” is the mean distance between what was foretold of a tenth and what happened."
    )
    return Figure("The methods in use", finding, table=table, is_wide=True, is_table_open=True)


def _lift(target: Target) -> Figure:
    """Return the share of those of whom it came true that the customers with the highest probability hold."""
    verb = HAPPENED.get(target.name, target.name)
    shares = [tenth.captured or 0.0 for tenth in reversed(target.tenths)]
    finding = f"The tenth with the highest probability holds {percent(shares[0])} of those who {verb}"
    rows: list[dict[str, Any]] = _curve(shares, _method(target), verb)
    if target.past_rate_captured:
        baseline = list(reversed(target.past_rate_captured))
        finding += f"; by the past rate alone it would hold {percent(baseline[0])}"
        rows += _curve(baseline, METHODS["past_rate"], verb)
    finding += ". Chance would find 10\N{NO-BREAK SPACE}%."
    table = Table(
        ("best customers", f"of those who {verb}"),
        [(percent(place / 10), percent(share)) for place, share in enumerate(shares, 1)],
        first_number=0,
    )
    title = f"Lift: {words(target.name)}"
    spec = score_charts.lift_curves(
        rows, "share of customers, best first", f"share of who {verb}", f"{title}. {finding}"
    )
    return Figure(title, finding, spec, table)


def _curve(shares: list[float], method: str, verb: str) -> list[dict[str, Any]]:
    """Return the points of a lift curve, its beginning included."""
    rows: list[dict[str, Any]] = [{"x": 0.0, "y": 0.0, "method": method, "tip": "Nobody"}]
    for place, share in enumerate(shares, 1):
        tip = f"{method}: the best {percent(place / 10)} hold {percent(share)} of those who {verb}"
        rows.append({"x": place / 10, "y": round(share, 6), "method": method, "tip": tip})
    return rows


def _calibration(target: Target) -> Figure:
    """Return what was foretold of each tenth beside what happened."""
    verb = HAPPENED.get(target.name, target.name)
    known = [tenth for tenth in target.tenths if tenth.predicted is not None and tenth.actual is not None]
    rows = [
        {
            "x": round(tenth.predicted, 6),
            "y": round(tenth.actual, 6),
            "tip": f"Foretold {percent(tenth.predicted)}, {percent(tenth.actual)} {verb}",
        }
        for tenth in known
    ]
    off = max(known, key=lambda tenth: abs(tenth.predicted - tenth.actual))
    finding = (
        "On the dashed line what was foretold came true. Farthest from it lies the tenth of whom "
        f"{percent(off.predicted)} were expected to: {percent(off.actual)} {verb}."
    )
    table = Table(
        ("foretold", f"who {verb}"),
        [(percent(tenth.predicted), percent(tenth.actual)) for tenth in known],
        first_number=0,
    )
    title = f"Calibration: {words(target.name)}"
    spec = score_charts.calibration(rows, "probability foretold", f"share who {verb}", f"{title}. {finding}")
    return Figure(title, finding, spec, table)


def composite(facts: Facts, segmentation: str) -> Figure:
    """Return the middle half of the composite score in each segment."""
    quartiles = {score.segment_key: score for score in facts.scores.segments}
    segments = [segment for segment in facts.segments_of(segmentation) if segment.key in quartiles]
    best = max(segments, key=lambda segment: quartiles[segment.key].median)
    finding = (
        f"The composite score, 0 to 1, of the middle half of each segment. “{best.label}” has the highest median, "
        f"{quartiles[best.key].median:.2f}."
    )
    rows = []
    for segment in segments:
        score = quartiles[segment.key]
        tip = f"{segment.full_name}: half lie between {score.low:.2f} and {score.high:.2f}, median {score.median:.2f}"
        rows.append(
            {
                "label": axis_label(segment),
                "low": round(score.low, 4),
                "middle": round(score.median, 4),
                "high": round(score.high, 4),
                "tip": tip,
                "colour": colour(segment),
            }
        )
    table = Table(
        ("segment", "customers", "lower quartile", "median", "upper quartile"),
        [
            (
                segment.full_name,
                count(segment.customer_count),
                *(f"{value:.2f}" for value in (score.low, score.median, score.high)),
            )
            for segment in segments
            for score in [quartiles[segment.key]]
        ],
    )
    title = f"Composite score: {title_of(segmentation).lower() if segmentation != 'rfm' else title_of(segmentation)}"
    return Figure(title, finding, score_charts.spans(rows, "composite score", f"{title}. {finding}"), table)


def _method(target: Target) -> str:
    """Return the name of a target's method as people write it."""
    return METHODS.get(target.method, words(target.method).capitalize())


def _decimals(value: float | None) -> str:
    """Return a figure with two decimals."""
    return UNKNOWN if value is None else f"{value:.2f}"
