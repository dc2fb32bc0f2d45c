"""What sets each segment apart."""

from collections.abc import Sequence
from typing import Any

from strate.report import charts
from strate.report.numbers import signed
from strate.report.read import Difference, Facts, Segment
from strate.report.sections.parts import UNKNOWN, Figure, Key, Section, Table, title_of

LEAST_KNOWN_SHARE = 0.5
"""Share of a segment of which a feature is known, from which on it may be what the segment stands out by."""

SCALE = [
    Key(colour, f"{level:+d} sd".replace("-", "\N{MINUS SIGN}") if level else "like all")
    for level, colour in charts.DEVIATIONS.items()
]


def profiles(facts: Facts) -> Section:
    """Return what sets each segment apart, as a heat map for each segmentation."""
    figures, labels = [], {row.feature: row.label for row in facts.differences}
    unknown = set(labels) - set(_known_features(facts.differences))
    for segmentation in facts.segmentations():
        segments = {segment.key: segment for segment in facts.segments_of(segmentation)}
        rows = [row for row in facts.differences if row.segment_key in segments and row.feature not in unknown]
        if not rows:
            continue
        by_feature = {(row.segment_key, row.feature): row for row in rows}
        features = _known_features(rows)
        cells = [
            _cell(segments[key], labels[feature], by_feature.get((key, feature)))
            for feature in features
            for key in segments
        ]
        finding = _what_stands_out([row for row in rows if row.standardised is not None], segments)
        table = Table(
            ("feature", *(segment.label for segment in segments.values())),
            [
                (labels[feature], *(_difference(by_feature.get((key, feature))) for key in segments))
                for feature in features
            ],
        )
        title = title_of(segmentation)
        figures.append(
            Figure(title, finding, charts.heat_map(cells, f"{title} by feature. {finding}"), table, SCALE, is_wide=True)
        )
    notes = []
    if unknown and figures:
        notes.append(f"Left out, as nothing is known of them: {', '.join(sorted(labels[name] for name in unknown))}.")
    if not figures:
        notes.append("No feature differs between customers, so there is nothing to compare.")
    intro = (
        "Each cell compares a segment's mean with that of all customers, in standard deviations: blue is more, orange "
        f"is less, empty is unknown. The colour stops at {max(charts.DEVIATIONS)}, the figures go on."
    )
    return Section("profiles", "What sets them apart", intro, figures, notes, is_tabbed=True)


def _cell(segment: Segment, label: str, row: Difference | None) -> dict[str, Any]:
    """Return one cell of a heat map."""
    known = row is not None and row.standardised is not None
    tip = f"{segment.full_name}, {label}: "
    if known:
        tip += f"mean {row.segment_mean:,.2f}, all customers {row.population_mean:,.2f} ({_difference(row)} sd)"
    else:
        tip += "nothing is known"
    return {
        "segment": segment.label,
        "feature": label,
        "value": round(row.standardised, 3) if known else None,
        "text": _difference(row) if known else "",
        "tip": tip,
    }


def _difference(row: Difference | None) -> str:
    """Return a standardised difference as text."""
    return UNKNOWN if row is None or row.standardised is None else signed(row.standardised)


def _what_stands_out(rows: Sequence[Difference], segments: dict[str, Segment]) -> str:
    """Name the two segments that differ most, each by the feature in which it does."""
    strongest: dict[str, Difference] = {}
    common = [row for row in rows if row.known_count >= LEAST_KNOWN_SHARE * segments[row.segment_key].customer_count]
    for row in sorted(common, key=lambda row: -abs(row.standardised)):
        strongest.setdefault(row.segment_key, row)
    parts = [
        f"“{segments[key].label}” by {'high' if row.standardised > 0 else 'low'} {row.label} ({_difference(row)})"
        for key, row in list(strongest.items())[:2]
    ]
    return f"Most unlike the rest: {' and '.join(parts)}." if parts else "No segment differs from the rest."


def _known_features(differences: Sequence[Difference]) -> list[str]:
    """Return the features of which something is known, in their order."""
    return list(dict.fromkeys(row.feature for row in differences if row.standardised is not None))
